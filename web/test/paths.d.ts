/** The names of all that options may hold, such as `header.title.text`. */

type Leaf = string | number | boolean | null | undefined | ((...given: never[]) => unknown);

/** An object whose names are known, out of what a property may be; the elements of a list count as it. */
type Holder<T> = T extends Leaf ? never : T extends readonly (infer E)[] ? Holder<E> : string extends keyof T ? never : T;

/** Every way from an object down to what holds nothing more. Unions are followed in all their members. */
export type Paths<T> = T extends unknown
  ? { [K in keyof T & string]-?: [Holder<NonNullable<T[K]>>] extends [never] ? K : `${K}.${Paths<Holder<NonNullable<T[K]>>>}` }[keyof T & string]
  : never;
