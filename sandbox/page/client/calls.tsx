import { useState } from 'react';
import type { ReactNode } from 'react';
import type { ApiCall } from '../wire.ts';

const READ = /^(Describe|List|Get|Query)/;
/** Rows on the page; older ones are kept out of it. */
const MOST_ROWS = 120;

interface Row {
  readonly call: ApiCall;
  /** How many calls alike came one after the other. */
  readonly times: number;
}

/** The API calls, newest first, with how long each took. */
export function Calls(props: { readonly calls: readonly ApiCall[] }): ReactNode {
  const [isAll, setAll] = useState(true);
  const shown = props.calls.filter((call) => isAll || !READ.test(call.action) || call.code !== 'OK');
  const rows: Row[] = [];
  for (const call of shown) {
    const last = rows.at(-1);
    if (last && last.call.action === call.action && last.call.code === call.code && READ.test(call.action))
      rows[rows.length - 1] = { call, times: last.times + 1 };
    else rows.push({ call, times: 1 });
  }
  const total = props.calls.at(-1)?.number ?? 0;
  return (
    <section className="calls" aria-label="API calls">
      <header>
        <h2>API calls</h2>
        <span>{total}</span>
        <label>
          <input type="checkbox" checked={!isAll} onChange={(event) => setAll(!event.target.checked)} />{' '}
          changes only
        </label>
      </header>
      {rows.length === 0 ? <p className="none">None yet. The bot has not touched the cloud.</p> : undefined}
      <ol>
        {rows
          .slice(-MOST_ROWS)
          .reverse()
          .map(({ call, times }) => (
            <li
              key={call.number}
              className={`${READ.test(call.action) ? 'read' : 'write'} ${call.code === 'OK' ? '' : 'bad'}`}
            >
              <span className="product">{call.product}</span>
              <span className="action">
                {call.action}
                {times > 1 ? <i> ×{times}</i> : undefined}
              </span>
              {call.code === 'OK' ? undefined : (
                <em>{call.code === 'cut' ? 'connection cut: the answer is lost' : call.code}</em>
              )}
              <span className="took">{call.durationMs} ms</span>
            </li>
          ))}
      </ol>
    </section>
  );
}
