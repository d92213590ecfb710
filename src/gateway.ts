/** How a gateway's requests are understood: what the configuration settles and the HTTP interface goes by. */

/** Where one dimension of a gateway's requests comes from. */
export type GatewayDimension = {
  readonly name: string;
  readonly from: 'header' | 'baggage' | 'client-address' | 'method' | 'host';
  /** In lower case; given when the value comes from a header field. */
  readonly header?: string;
  /** Given when the value comes from `baggage`. */
  readonly key?: string;
  /** The value is a secret: only a hash of it counts. */
  readonly hashed: boolean;
  /** The value of requests that carry none. */
  readonly default?: string;
};

/** What requests of a gateway mean. Names of header fields are in lower case. */
export type Gateway = {
  readonly denyStatus: 200 | 403 | 429 | 503;
  /** The first of these that is there tells path and query; with none, they follow `pathPrefix` in the request's own. */
  readonly uriHeaders: readonly string[];
  readonly pathPrefix: string;
  /** Whether the query of a request to `/check` is the gateway's own word. */
  readonly trustQuery: boolean;
  /** Undefined: the request's own method. */
  readonly methodHeader: string | undefined;
  readonly hostHeader: string;
  readonly resource:
    | { readonly from: 'path' | 'method-and-path' }
    | { readonly from: 'header'; readonly header: string }
    | { readonly from: 'constant'; readonly constant: string };
  readonly dimensions: readonly GatewayDimension[];
  /** Addresses and ranges whose word on the client's address counts. */
  readonly trustedProxies: readonly string[];
};
