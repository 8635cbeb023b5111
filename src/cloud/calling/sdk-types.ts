import type { Model } from '@darabonba/typescript';

/**
 * The generated clients type their request classes so loosely that a misspelt field is swallowed. These types take
 * the fields from them and give them back exact, without the index signature and the methods.
 */

/** Keys that are really declared, without the index signature and the model's own methods. */
type OwnKey<T> = keyof {
  [
    K in keyof T as string extends K
      ? never
      : number extends K
        ? never
        : K extends 'toMap' | 'validate' | 'copyWithoutStream'
          ? never
          : K
  ]: true;
};

/** A request or answer model as plain data. */
export type Plain<T> = T extends readonly (infer Each)[]
  ? readonly Plain<Each>[]
  : T extends Model
    ? { readonly [K in OwnKey<T> & keyof T]?: Plain<Exclude<T[K], undefined>> | undefined }
    : T;

type Method = (request: never, runtime: never) => Promise<unknown>;

/** Actions of a generated client: those with a method `<action>WithOptions`. */
export type ActionOf<Client> = {
  [K in keyof Client]: K extends `${infer Name}WithOptions` ? Capitalize<Name> : never;
}[keyof Client] &
  string;

type MethodOf<Client, Action extends string> = `${Uncapitalize<Action>}WithOptions` extends keyof Client
  ? Client[`${Uncapitalize<Action>}WithOptions`] extends Method
    ? Client[`${Uncapitalize<Action>}WithOptions`]
    : never
  : never;

/** Request fields of an action, in the SDK's camel case. */
export type FieldsOf<Client, Action extends string> =
  Parameters<MethodOf<Client, Action>> extends readonly [infer Request, unknown]
    ? Plain<Request>
    : Readonly<Record<string, never>>;

/** Body of an action's answer, in the SDK's camel case. */
export type AnswerOf<Client, Action extends string> =
  Awaited<ReturnType<MethodOf<Client, Action>>> extends { body?: infer Body }
    ? Plain<Exclude<Body, undefined>>
    : never;
