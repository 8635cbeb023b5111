import type { ReactNode } from 'react';
import { textOf } from './json.ts';
import type { Json } from './json.ts';

/** What was uploaded with a message: pictures are shown, others are links. */
export function Files(props: { readonly files: readonly Json[] }): ReactNode {
  return props.files.map((file) => {
    const address = `/file/${textOf(file['id'])}`;
    const name = textOf(file['name']);
    const title = textOf(file['title']) || name;
    return (
      <figure key={address} className="file">
        <figcaption>{title}</figcaption>
        {/\.(png|jpe?g|gif|svg)$/i.test(name) ? (
          <img src={address} alt={title} />
        ) : (
          <a href={address} download={name}>
            {name}
          </a>
        )}
      </figure>
    );
  });
}
