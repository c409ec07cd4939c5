// C0 and C1 as real clients sent them to a socket of ours: what a client really computes, whatever we believe it computes.

/** ffmpeg 5.1.9 (Debian 12), playing rtmp://. */
export const FFMPEG_C0C1: Uint8Array = fromBase64([
  "AwAAAAAJAHwC93hVHs6rjh42LwfFhopwsmbUAiDlCGEYoi42l9X8K2Mpwi7nx8mwtbNF36g5j+o7yHkgihBoQlqhF0y1cljP6+JN",
  "pC7E/52hnHtAbxjJW/3QTuSLb4MyFKR7i/aOsFJU4lrpqai0lsVJb26c18aMtrzIQWnmfz43L/4YbahROGLFr961oSGKhguszdhp",
  "slPbq4oO+1mkjEQgmYdeVbdP0Hobaa8wPgmYc8t34tnixHQesfUGp/Cylir5H1BRyJCjIJlPTIs2oB+pwPFfS3z3tsOBfaYJGGEd",
  "OwL/fMlAOJN1N9M4LkFr1XV3g035yvdINSFQzpLQ27QOhx/DZOGLfjVp45h2wa4Mt5/216sy+fARhpyNpBke9G08G8a3LYOBLyJD",
  "0XUqQSYy1mogdfXTAvRc3yuYuAK3mAXcSDfYTt7RzELLp+7DE3v4bdCy1/Yk1SGj/2Vbzw30EBNB0jDpRlFijkWnq/gYMQHOmB5e",
  "hqb67Fx5qn7HGB6kWe2WbgyTKm+eS/VUq3sckFzeBU7UDS+4m7/GV1LljP3k8qBNw60eXvT8ZNV7BxwUFGpFH2oEMVbSiA9ZV9eN",
  "/T/yuID2JKxw8nCU83c06vGST2asPWSK4jKTBUSkQgtl7tRpb39Q/gX8lIUWZQv7m2X5U9hI40VpZdDXa2J6hONendq9i0Pw+tru",
  "RYzfWevXc5IuCuUH1eZAkukOxn7YQ56PIhx1Op+SFvHLhbUQe8fMfE+yw+7Rr8cJsZL1DeacH/ylZQ77Ujtfq1mXysS371ryv1lz",
  "5ik7rh/B2kmb5VFQd95N2z9/vNdBcRxit9gDuNBUz1eBgnFNHERb1pK6G4OaCecmb8hdqo+tQz2rvSBs3h6lcXcMa/p5VsJm7oQ1",
  "6wHKpvWDwNg8M+788/l9uRe9spn4qJ+4hgqxzWRMHoLM4TI6nredJfXcVwtwtAuyAGF0M1PQU27Nq9gvInd1YijLVP5pMsTJvRMN",
  "K/xwC/XYXaaUbpb4Lgr9jpwgz+q/mmoYm7F7vvU50dnnPulm/LXWvb+YRE3oZb4WBeNAh7NM3wTjr/Vb1BN8Ui0uPHvyY02zJrIq",
  "R023+KCVKrNRDeVVOWwYo3ioOQtzv/d3L7J2D6V4ajsEWcRaHRsN/0y7tl2g7TTzIRbDwswrlYJREbz7skbBUFqgDJcNBtdsyVDO",
  "NosiDbIEh8ugK7H8VLNlZ7QpE9a4hQYs13lWAdMaSo5tVkZ/pcUhYmdv1SYSJRPD5H8ubZ1qGcT4eVQxqUztA5Ih0nrGinp3DpMF",
  "JSJxRZtx0FUFxJd7cOloUSCLrNzffmgrOEiECIDx/sKjL7FAaGK8g8rYmt9ynzum/9P+gI6EA+fGoPbc2jIRiY9vFlBbB4zHi4Db",
  "YA3tLyAPJf9dyzHTLL4gVri9wxCRYxq70qwo1h/jJIDsUDW7818XM5Pw1Zoh0jALLbS1nqpj/+D5PWXcAoUWkF8iqcff84fE63jG",
  "MA5+u7KmZjz75amXfK9XZLo/CrpX205gUeCuxuBbG9qmSal4de28QLzEIUu3/vcnMNQ2isvT4Qq0x2QqHFP5PKJtucdmVVvib9/w",
  "4qchQluVdisLd2/T4+sXMT1TEpyfNAA8maUZaoxqrLbWS1HdmLJ8W1mnC9lBoboDAPt0TPxJnZl+bZM5LSinZ9EW37wsuetAVA0R",
  "6zBK2TIjhv3Fl9VdPRxnvFTfNUea+xnqLNIE3TMe+0nB4XL2u4n79YIH3K5sEvinWYvvHocsDDXyK0wp3xD5uxrdOuuIerX7OMA2",
  "uING92HELyld/gtDfftPMKcSdqt9QJzkJJY/nrtPH0flKxh4byebWocib2aYHdbQrRH0mvMQVf9pcQ/aNFfEt4UtsuOTbQd4v4ef",
  "FzStOiT/sa6VhHYLnLBFKlO6CWL/4vYFr1KDC9IRpUiIlMwLBSJVBIcRzRmFEKnpQ7+Lg5GYRV+9QQcwBdMDmQuI2bY2VtQ8/sjt",
  "g3SPSw8PxRICFnlLIqBU5bxYq9jEEJYHCIQ5NFPOUJaUr76r4A==",
]);

/** rtmpdump 2.4 (Debian 12) with --swfhash, which is what makes it use the digest over plain RTMP. */
export const RTMPDUMP_SWF_C0C1: Uint8Array = fromBase64([
  "AwA3SHwKAC0CZ0WLa8YjezJpmDxkc0gzZlHcsHT/XEkZSpToKuxYVWIpH44jzXzoRrpYGz2r135Q8kGxLvset0HjqeJ5RuFFdXwA",
  "X1HCYtBbVAggEvgnsU0bIxYC6OkWH+fNkBGNQ+9mdg8OFFolUjMu+ZwQY3LtDTPC3H+f1+8bycSnQZoHaGtm+2pOMl3kJQ1Qm1G3",
  "1xtDMbotP1jkg3yjMHElWtm7YiVhbENdiYxiBbE6MxejHXJYqEMk6VodLV6EY2fUqKJ1q73tCLKMg3nN0FNDxuADC5t2mhi0nuRU",
  "VCTzcRGGqCwOxDYIgh2QAnT4lTpBhhMIIfV/Hj29PXzcjXtzh/DqbHAaIiLp3RZFPsgGMKHUT2FBwppB4fh3VfytC0RnIwcFPoIE",
  "OAFfRnd+xiR3lypIXOq5YyTcSohea9PqUZZ3US2P1wtYOKQ+FVxYVTgqTqZw7EIjarB8SCo71E4d+wZacjKa2CyvzORXPI1telSP",
  "WEvsiSJUGBvpbdt/QzhcpER2Avn/MhpISmj+eJRXQ7uadPtAwj36JqAbqt6heTrDxnX7heYSKaWJS8SZ6TV1gzymj47LAfXSVNWz",
  "QZW3Iri/wI/+mq6yLfEcvhUBGGGoWyOJjDlH+elPNVyvtRW7JhJ0qLY0DZk8IxAPtmo/lUBXYbFXDH7rNa538eSbV7NQDDEFfvhf",
  "710wL/cLpyUAv7od6YTQSqHqSB86goET5Qq3XcqPDxALcJBly0oBFdB/Xl9IMYoJRwKdeWRHuQa9lsJCHxKOFiNduh4ePx5mqJ7H",
  "XRxHClR77tN7ZMXZUcX9PmEUK/cLc3tEEVo+lkLFggMKXrHyCEsjMhp50w87Yy/raDuBYklw37ZgZO6lBiQGMxQRyv9/nnAnGgkR",
  "6nHcWQ8QquC3f9Rb6was2W1v8hFCCRteiAAQISd2r6gETDtwFhczfuEUzeciMuMO3nRQxetoSNb2LUfUt0YVwypKXAHuObtP/Fdv",
  "AcEMIoTxQxkB72C6JPMmm1cBf30w2kn1pVVwCze4X+EegFAarIgEHAG4X3+Pp2ojvXJ2+FrHbylwX2r4GF59pDQ1XxuCoXMTd+Z9",
  "tVVcVcoqpj9O5/wU6NM9apgSyXEy9toJOJkpU+Dovx95ypJQTVxUHT3qrVk0Go8ovF0VKl9unx1OG34Jd4IIUfrFoBzLS1hTbChe",
  "QQX9WHysatgjhtTmRSH+EFwr+n8OqpFZPBpZ2EtVat94oqq3Ob6NDStw7IBstSGeN3PjaQA7FycsBAmbTFy3p2rTKfAdNv91VpRQ",
  "0T2zErA9r8kIJ+KsJVvw/F0X5OOXT54KOwVPa/00Mv8VWRWNQ1ZJMZ5R/UpuLIK1oRdOLvdNqbVGUAiKiF1wLAgq1K/GXrIb4hmK",
  "heB1KRqmV1TGmVNIE+4gmgYnRAroNwu89lch1R1OcA7x0lcYrv8LqEc+DkTwSC6s/tBJW1ruS/O5UVWOq/YkTFdMY9ed6SQttjEq",
  "m8JJGAmd/31CQ3UA5fPnaQbobSrE+BYYMyLfN6+dtHrNgp91o07nYYRNe1l/noEPLdTHV61nITHUZBtjdue1eEduSHXeTFNuMt4N",
  "GhyMlmXsPSZGSowNJsTT1HMwLm909orebyAuwz8j6MBJhTbVFGyFDyP7hapusuwGPwdIWTsEI6ps9C98P+w7QSULCxgXuSiTVyBe",
  "IF26qMwRhqsyTcOsBz8+9kdrBUq0XPGAzxbsXWkc2a7PP2dohQ8zzLERt/siLplGkylQWEh3ozlJdOPSoE8ULB1r02e4aNldfz80",
  "WuAq9095Ml6UVFSg3+9N8tUjIRCBWxOoJ0kJ9vjNDQWx11KUY4ouAQTmJL7Zaiq0waoLvKyyNkSFnXd4brJK+qL6IUnPUVRp74Fh",
  "5gBkPiN+IRTQVwdxGs0VUNp5REJpnpoaaiVeR36zjTZMcTtqflF7MlEbRh8lz7ops6tbXUhrv1GEYw9+U4tLKzpB43KU5GoR+7KU",
  "NDE6sQCZlUJkkBYfYzI+lyVXb60ORNjJbu7qSVyb9EoGvEZ8OQ==",
]);

function fromBase64(lines: readonly string[]): Uint8Array {
  return Uint8Array.from(Buffer.from(lines.join(""), "base64"));
}
