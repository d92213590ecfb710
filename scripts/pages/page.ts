/** A file that is made from the code: where it is, and all that is in it. */
export type Page = { readonly path: string; readonly text: string };
