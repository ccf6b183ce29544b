declare const brand: unique symbol;

/** A value of `Base` that a checked constructor has accepted as a `Name`. The mark exists in the types only. */
export type Branded<Base, Name extends string> = Base & { readonly [brand]: Name };
