// The keys Flash Player and Flash Media Server share, as rtmpdump lists them (librtmp/handshake.h). It lists a 16th of each,
// which no key number ever reaches.

/** Four words of 32 bits each. */
export const XTEA_KEYS: readonly string[] = [
  "bff034b2 11d9081f ccdfb795 748de732",
  "086a5eb6 1743090e 6ef05ab8 fe5a39e2",
  "7b10956f 76ce0521 2388a73a 440149a1",
  "a943f317 ebf11bb2 a691a5ee 17f36339",
  "7a30e00a b529e22c a087aea5 c0cb79ac",
  "bdce0c23 2febdeff 1cfaae16 1123239d",
  "55dd3f7b 77e7e62e 9bb8c499 c9481ee4",
  "407bb6b4 71e89136 a7aebf55 ca33b839",
  "fcf6bdc3 b63c3697 7ce4f825 04d959b2",
  "28e091fd 41954c4c 7fb7db00 e3a066f8",
  "57845b76 4f251b03 46d45bcd a2c30d29",
  "0acceef8 da55b546 03473452 5863713b",
  "b82075dc a75f1fee d84268e8 a72a44cc",
  "07cf6e9e a16d7b25 9fa7ae6c d92f5629",
  "feb1eae4 8c8c3ce1 4e0064a7 6a387c2a",
];

/** 24 bytes each. */
export const BLOWFISH_KEYS: readonly string[] = [
  "7934774c67d1383adfb356be8b7bd02438e07358415d6967",
  "46f6b4cc0193e3a19e7d3c655586fd098ff7b3c46f41ca5c",
  "1ae7e2f3f9147994c0d39743087bb384432f9d843f21019b",
  "d3e354b0f71df62b5a434d0483643e0d592f61cbb16a590d",
  "c8c1e9b8165699217b5b36b7b59bdf06492c97f59548857e",
  "ebe5e62ea4bad42cf216e08f6623a94341ce381484950053",
  "66db90f03b4ff56fe49c2089355ed2b2c39e9f7f63b22881",
  "bb20aced2a046a1994989bc8ffcd93efc60d56a7eb13d930",
  "bcf2438209408a8725436de6bba4b944583f217c99bb3f24",
  "ec1aaacdcebd5311d2fb83b6c3baab4f6279e865a9922876",
  "c60c300391182d7b79dae1d564779a12c5b1d7914f964ca3",
  "d77c2abfa6e7857c45adff1294d8dea45c3d79a444025d22",
  "16190d816a4cc7f8b8f94ecd2c9e9084b2082560e11eae18",
  "e97c58261b519e49826061fca0a01bcdf505d6a66d0788a3",
  "2b97118bd94ed9df20e39c10e6a1352111f9130d0b2465b2",
];
