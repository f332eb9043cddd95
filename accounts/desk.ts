// What the consent page needs to know of a site's request for a person's approval. The connection to sites implements it and
// bin/ hands it over, so that accounts/ knows nothing of the protocol. It never decides who is signed in.

/** A request that may be shown to a person: its signature and address hold. Everything in it is the site's word, not ours. */
export interface AuthorizeRequest {
  readonly kind: 'request';
  readonly siteId: number;
  readonly siteUrl: string;
  readonly siteName: string;
  /** The WordPress user that asks, as the site signed it. */
  readonly userId: number;
  readonly userLogin: string;
  /** administrator, editor, author, contributor or subscriber, as the site signed it. */
  readonly role: string;
  /** Where the browser goes afterwards; on the site's own host. */
  readonly redirectUri: string;
  /** False when the approval makes this person the owner of the connection. */
  readonly hasOwner: boolean;
}

/** Why a request cannot be approved, in words for the person in front of it. */
export interface AuthorizeRefusal {
  readonly kind: 'refusal';
  readonly code: string;
  readonly message: string;
}

export interface AuthorizeDesk {
  /** Reads the query of an authorize request, byte for byte as it came, without the question mark. Changes nothing; may be asked often. */
  describe(query: string): Promise<AuthorizeRequest | AuthorizeRefusal>;
  /**
   * Makes a single-use code for this account and returns where to send the browser (on the site's host). The account is linked to the
   * site user when the site redeems the code, never before: only then has the site seen that person in its own session.
   */
  approve(request: AuthorizeRequest, accountId: string): Promise<string | AuthorizeRefusal>;
  /** Where to send the browser of a person who declined. */
  deny(request: AuthorizeRequest): Promise<string>;
}
