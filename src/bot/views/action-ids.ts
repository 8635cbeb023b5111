/** Ids of buttons and forms. A button's value only says what to look up; the stored state decides. */
export const ACTION = {
  approve: 'ams_approve',
  reject: 'ams_reject',
  cancel: 'ams_cancel',
  retry: 'ams_retry',
  rollBack: 'ams_roll_back',
  repair: 'ams_repair',
  showPlan: 'ams_show_plan',
  revealAdmin: 'ams_reveal_admin',
  openCreate: 'ams_open_create',
  openScale: 'ams_open_scale',
  askStatus: 'ams_ask_status',
} as const;

export const FORM = {
  create: 'ams_form_create',
  reject: 'ams_form_reject',
  destroy: 'ams_form_destroy',
  scale: 'ams_form_scale',
} as const;

/** Value of a button that is about no certain cluster; no cluster can be called so. */
export const NO_CLUSTER = '-';

/** What an Approve or Reject button carries: which operation, and which plan the person sees. */
export function decisionValue(operationId: string, digest: string): string {
  return `${operationId} ${digest}`;
}

export function readDecisionValue(value: string): { id: string; digest: string } | undefined {
  const match = /^(\S{1,64}) ([0-9a-f]{8,128})$/.exec(value);
  return match?.[1] !== undefined && match[2] !== undefined ? { id: match[1], digest: match[2] } : undefined;
}
