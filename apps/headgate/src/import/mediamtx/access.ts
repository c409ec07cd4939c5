import { type AddressRule, setDenyFirst, setFirstMatch, type Use } from "../addresses.ts";
import { addHook } from "../hooks.ts";
import type { Setting } from "../part.ts";
import type { Output } from "../rules.ts";
import { find, isEmpty, text } from "../settings.ts";

/** What MediaMTX calls what Headgate calls otherwise. */
const ACTIONS: Readonly<Record<Use, string>> = { publish: "publish", play: "read" };

const USES: readonly Use[] = ["publish", "play"];

/** Who may publish and play, which in MediaMTX is said for all paths at once. */
export class Access {
  readonly #settings: readonly Setting[];
  readonly #output: Output;
  readonly #method: string;
  readonly #left = new Set<Setting>();

  constructor(settings: readonly Setting[], output: Output) {
    this.#settings = settings;
    this.#output = output;
    const written = text(this.#find("authMethod"));
    this.#method = written ?? (this.#find("externalAuthenticationURL") ? "http" : "internal");
    if (this.#method === "http") this.#addHook();
    if (this.#method === "jwt") this.#addTokens();
  }

  /** What an application needs of it. */
  setIn(application: string): void {
    if (this.#method === "internal") return this.#setUsers(application);
    setFirstMatch([], application, this.#output);
    if (this.#method !== "jwt") return;
    const { draft } = this.#output;
    if (!this.#excludes("authJWTExclude", "play"))
      draft.set(undefined, ["applications", application, "play", "jwt"], true);
    if (this.#excludes("authJWTExclude", "publish"))
      draft.set(undefined, ["applications", application, "publish", "jwt"], false);
  }

  #find(key: string): Setting | undefined {
    return find(this.#settings, key);
  }

  #addHook(): void {
    const url = this.#find("authHTTPAddress") ?? this.#find("externalAuthenticationURL");
    const parts = [this.#find("authMethod"), url, this.#find("authHTTPExclude")].filter(
      (part) => part !== undefined,
    );
    const events = USES.filter((use) => !this.#excludes("authHTTPExclude", use));
    if (events.length > 0)
      addHook(this.#output.draft, parts, { url: text(url), dialect: "mediamtx", events });
  }

  #addTokens(): void {
    const { draft, report } = this.#output;
    const closed = () => draft.append([], ["access", "connect", "deny"], "all");
    for (const [key, ours] of [
      ["authJWTJWKS", "jwks"],
      ["authJWTIssuer", "issuer"],
      ["authJWTAudience", "audience"],
    ]) {
      const setting = this.#find(key!);
      if (setting && text(setting) !== undefined)
        draft.set(setting, ["access", "jwt", ours!], setting.value, closed);
    }
    if (text(this.#find("authJWTJWKS")) === undefined) closed();
    const claim = this.#find("authJWTClaimKey");
    if (claim && claim.value !== "mediamtx_permissions")
      report.left(claim, "the claim is mediamtx_permissions or headgate");
  }

  /** Whether an action needs no authentication, on whatever path. */
  #excludes(key: string, use: Use): boolean {
    return this.#find(key)?.parts.some((permission) => allows(permission, use)) ?? false;
  }

  /** Users without a name are rules of addresses. Those with one cannot be had beside them. */
  #setUsers(application: string): void {
    const users = this.#find("authInternalUsers");
    if (!users) return setFirstMatch([], application, this.#output);
    this.#leaveSinglePaths(users);
    for (const use of USES) {
      const who = users.parts.filter((user) =>
        find(user.parts, "permissions")?.parts.some((each) => allows(each, use)),
      );
      for (const user of who) this.#output.report.covered(user.parts);
      if (who.every(isAnybody)) this.#setAddresses(who, use, application);
      else this.#setNames(who, use, application);
    }
  }

  #leaveSinglePaths(users: Setting): void {
    for (const user of users.parts)
      for (const permission of find(user.parts, "permissions")?.parts ?? []) {
        const path = find(permission.parts, "path");
        if (path && !isEmpty(path) && isOfStreams(permission) && !this.#left.has(permission)) {
          this.#left.add(permission);
          this.#output.report.left(
            permission,
            "a permission is for applications: applications.NAME.publish.users",
          );
        }
      }
  }

  #setAddresses(who: readonly Setting[], use: Use, application: string): void {
    const rules = who.flatMap((part): readonly AddressRule[] => {
      const ips = find(part.parts, "ips");
      const networks = !ips || isEmpty(ips) ? ["all"] : ips.parts.map(({ value }) => String(value));
      return networks.map((network) => ({ part, verdict: "allow", uses: [use], network }));
    });
    setDenyFirst(rules, application, this.#output, [use]);
  }

  #setNames(who: readonly Setting[], use: Use, application: string): void {
    const { draft, report } = this.#output;
    const base = ["applications", application, use];
    const usable = who.filter((user) => passwordOf(user) !== undefined);
    for (const user of who)
      if (!usable.includes(user))
        report.partly(
          user,
          `it may not ${use} here: users have names, passwords as they are, and no addresses`,
        );
    for (const user of usable) {
      const name = String(find(user.parts, "user")?.value);
      const otherwise = draft.closing(application, use);
      draft.set(find(user.parts, "pass"), ["access", "users", name], passwordOf(user), otherwise);
      draft.append([user], [...base, "users"], name, otherwise);
    }
    draft.append([], [...base, usable.length > 0 ? "allow" : "deny"], "all");
  }
}

/** The password of a user that can be taken over. */
function passwordOf(user: Setting): string | undefined {
  const password = text(find(user.parts, "pass"));
  const ips = find(user.parts, "ips");
  const isPlain = password !== undefined && !/^(sha256|argon2):/.test(password);
  return !isAnybody(user) && isPlain && (!ips || isEmpty(ips)) ? password : undefined;
}

function isOfStreams({ parts }: Setting): boolean {
  return USES.some((use) => find(parts, "action")?.value === ACTIONS[use]);
}

/** Whether it is a permission for this use, on whatever path. */
function allows({ parts }: Setting, use: Use): boolean {
  const path = find(parts, "path");
  return find(parts, "action")?.value === ACTIONS[use] && (!path || isEmpty(path));
}

function isAnybody({ parts }: Setting): boolean {
  const user = find(parts, "user");
  return !user || isEmpty(user) || user.value === "any";
}
