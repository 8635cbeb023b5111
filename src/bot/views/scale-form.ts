import type { ModalView, PlainTextOption, StaticSelect } from '@slack/types';
import type { Requester } from '../../cluster/operation.ts';
import { FORM } from './action-ids.ts';
import { placeField } from './place-field.ts';

export interface ScaleMeta {
  readonly requester: Requester;
}

/** As many options as Slack takes in a list or a part of one. */
const OPTIONS_MAX = 100;
/** Of more clusters Slack would not take the form (250 kB); those can be typed. */
const CLUSTERS_MAX = 1_000;
/** Value of the one checkbox. */
export const WITH_LIMITS = 'with-limits';

/** Asks which group of which cluster should have how many nodes. `clusters` holds one at least. */
export function scaleForm(options: {
  readonly clusters: readonly string[];
  readonly cluster: string | undefined;
  readonly requester: Requester;
  readonly place: string | undefined;
}): ModalView {
  const { cluster, requester, place } = options;
  const meta: ScaleMeta = { requester };
  // The one that was clicked is offered even if there are too many to list.
  const all = [...new Set([...(cluster === undefined ? [] : [cluster]), ...options.clusters])];
  const names = all.slice(0, CLUSTERS_MAX).toSorted();
  const chosen = cluster ?? (names.length === 1 ? names[0] : undefined);
  const edge = option('Edge (playing)', 'edge');
  return {
    type: 'modal',
    callback_id: FORM.scale,
    private_metadata: JSON.stringify(meta),
    title: { type: 'plain_text', text: 'Scale a cluster' },
    submit: { type: 'plain_text', text: 'Plan it' },
    close: { type: 'plain_text', text: 'Cancel' },
    blocks: [
      {
        type: 'input',
        block_id: 'cluster',
        label: { type: 'plain_text', text: 'Cluster' },
        element: {
          type: 'static_select',
          action_id: 'value',
          ...choicesOf(names),
          ...(chosen === undefined ? {} : { initial_option: option(chosen, chosen) }),
        },
      },
      {
        type: 'input',
        block_id: 'group',
        label: { type: 'plain_text', text: 'Group' },
        element: {
          type: 'radio_buttons',
          action_id: 'value',
          options: [edge, option('Origin (publishing)', 'origin')],
          initial_option: edge,
        },
      },
      {
        type: 'input',
        block_id: 'amount',
        label: { type: 'plain_text', text: 'Nodes' },
        hint: { type: 'plain_text', text: 'A number like 5, or a difference like +2 or -1' },
        element: { type: 'plain_text_input', action_id: 'value', max_length: 10, focus_on_load: true },
      },
      {
        type: 'input',
        block_id: 'limits',
        optional: true,
        label: { type: 'plain_text', text: 'Limits' },
        element: {
          type: 'checkboxes',
          action_id: 'value',
          options: [option('Change min or max too, where the number is beyond them', WITH_LIMITS)],
        },
      },
      placeField(place),
    ],
  };
}

/** A list, or its parts, each called after the names that it spans. */
function choicesOf(names: readonly string[]): Pick<StaticSelect, 'options' | 'option_groups'> {
  const options = names.map((name) => option(name, name));
  if (options.length <= OPTIONS_MAX) return { options };
  const parts = Array.from({ length: Math.ceil(options.length / OPTIONS_MAX) }, (_none, at) =>
    options.slice(at * OPTIONS_MAX, (at + 1) * OPTIONS_MAX),
  );
  return {
    option_groups: parts.map((part) => ({
      label: { type: 'plain_text', text: `${part[0]?.value ?? ''} … ${part.at(-1)?.value ?? ''}` },
      options: part,
    })),
  };
}

function option(text: string, value: string): PlainTextOption {
  return { text: { type: 'plain_text', text }, value };
}
