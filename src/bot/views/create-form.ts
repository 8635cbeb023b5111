import type { InputBlock, KnownBlock, ModalView } from '@slack/types';
import { casCertificateId } from '../../cluster/certificate.ts';
import { ROLES } from '../../cluster/names.ts';
import { MAX_ASKED_NODES } from '../../cluster/limits.ts';
import type { Role } from '../../cluster/names.ts';
import type { Requester } from '../../cluster/operation.ts';
import type { Settings } from '../../cluster/settings.ts';
import { FORM } from './action-ids.ts';
import { placeField } from './place-field.ts';
import { clip } from './text.ts';

export interface CreateMeta {
  readonly requester: Requester;
}

/** Fields are named after the options of create-cluster; their answers are read the same way. */
const FIELD_ACTION = 'value';
/** A certificate that CAS holds already is typed here, and wins over the choice above it. */
export const CAS_FIELD = 'certificate-cas';
/** As long as Slack lets an input be. */
const LONGEST_TEXT = 3_000;
/** As many options as Slack takes in a select. */
const SELECT_MAX = 100;

/** The form of create-cluster, filled with the defaults of ams.yaml. */
export function createForm(options: {
  readonly settings: Settings;
  readonly name: string | undefined;
  readonly requester: Requester;
  /** Given where the form is opened outside of a channel: it asks for one. */
  readonly place?: { readonly initial: string | undefined };
}): ModalView {
  const { settings, name, requester, place } = options;
  const meta: CreateMeta = { requester };
  const domain = usualDomain(settings, name);
  const blocks: KnownBlock[] = [
    field('name', 'Name', {
      initial: name,
      hint: '2 to 30 of a-z, 0-9 and single hyphens, like live-eu',
      max: 60,
      focus: true,
    }),
    ...(place ? [placeField(place.initial)] : []),
    field('region', 'Region', { initial: settings.region, max: 60 }),
    field('zones', 'Zones', {
      initial: settings.zones.length === 0 ? undefined : settings.zones.join(', '),
      hint: '2 or more, like eu-central-1a, eu-central-1b; empty: chosen by stock',
      optional: true,
      max: 300,
    }),
    field('domain', 'Domain', {
      initial: domain,
      hint:
        settings.domain === undefined
          ? 'What viewers and publishers will use, like live.example.com'
          : `Empty: ${settings.domain}`,
      optional: settings.domain !== undefined,
      max: 253,
    }),
    ...certificateFields(settings),
    ...ROLES.flatMap((role) => groupFields(role, settings)),
    field('image', 'Ant Media Server image', {
      initial: settings.image.id,
      hint: `Empty: ${settings.image.id ?? 'the newest Ant Media Enterprise image of the Marketplace'}`,
      optional: true,
      max: 128,
    }),
  ];
  return {
    type: 'modal',
    callback_id: FORM.create,
    private_metadata: JSON.stringify(meta),
    title: { type: 'plain_text', text: 'Create a cluster' },
    submit: { type: 'plain_text', text: 'Plan it' },
    close: { type: 'plain_text', text: 'Cancel' },
    blocks,
  };
}

/** As far as it is known: it may hang on the name that is to be typed. */
function usualDomain({ domain }: Settings, name: string | undefined): string | undefined {
  if (name !== undefined) return domain?.replaceAll('{cluster}', name);
  return domain?.includes('{cluster}') === true ? undefined : domain;
}

interface FieldOptions {
  readonly initial?: string | undefined;
  readonly hint?: string;
  readonly optional?: boolean;
  readonly max: number;
  readonly focus?: boolean;
}

function field(
  name: string,
  label: string,
  { initial, hint, optional, max, focus }: FieldOptions,
): InputBlock {
  return {
    type: 'input',
    block_id: name,
    label: { type: 'plain_text', text: label },
    ...(hint === undefined ? {} : { hint: { type: 'plain_text', text: clip(hint, 2_000) } }),
    ...(optional === true ? { optional: true } : {}),
    element: {
      type: 'plain_text_input',
      action_id: FIELD_ACTION,
      // What ams.yaml says may be longer than what people are asked for.
      max_length: Math.min(LONGEST_TEXT, Math.max(max, initial?.length ?? 0)),
      ...(initial === undefined || initial === '' || initial.length > LONGEST_TEXT
        ? {}
        : { initial_value: initial }),
      ...(focus === true ? { focus_on_load: true } : {}),
    },
  };
}

function numberField(name: string, label: string, initial: number, min: number): InputBlock {
  return {
    type: 'input',
    block_id: name,
    label: { type: 'plain_text', text: label },
    element: {
      type: 'number_input',
      action_id: FIELD_ACTION,
      is_decimal_allowed: false,
      initial_value: String(initial),
      min_value: String(min),
      max_value: String(MAX_ASKED_NODES),
    },
  };
}

function certificateFields(settings: Settings): InputBlock[] {
  const names = Object.keys(settings.certificates)
    .filter((name) => name.length <= 75)
    .slice(0, SELECT_MAX);
  const choices = names.map((name) => ({ text: { type: 'plain_text' as const, text: name }, value: name }));
  const { certificate: usual, certificates } = settings;
  const initial = choices.find((choice) => choice.value === usual);
  const usualInCas = !(usual in certificates) && casCertificateId(usual) !== undefined;
  const empty = `; empty: ${choices.length > 0 ? 'the one chosen above, else ' : ''}${usual}`;
  return [
    ...(choices.length === 0
      ? []
      : [
          {
            type: 'input' as const,
            block_id: 'certificate',
            label: { type: 'plain_text' as const, text: 'Certificate' },
            optional: true,
            element: {
              type: 'static_select' as const,
              action_id: FIELD_ACTION,
              options: choices,
              ...(initial ? { initial_option: initial } : {}),
            },
          },
        ]),
    field(CAS_FIELD, 'Or one that CAS holds already', {
      hint: `Its number in the certificate console${usualInCas ? empty : ''}`,
      optional: choices.length > 0 || usualInCas,
      max: 100,
    }),
  ];
}

function groupFields(role: Role, settings: Settings): InputBlock[] {
  const title = role === 'origin' ? 'Origin' : 'Edge';
  const group = settings[role];
  return [
    field(`${role}-type`, `${title}: instance type`, { initial: group.instanceTypes[0], max: 60 }),
    numberField(`${role}-min`, `${title}: never fewer than`, group.min, 0),
    numberField(role, `${title}: to begin with`, group.desired, 1),
    numberField(`${role}-max`, `${title}: never more than`, group.max, 1),
  ];
}
