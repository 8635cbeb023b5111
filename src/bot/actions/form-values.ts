import type { ViewStateValue } from '@slack/bolt';

/** What was entered, by field (block id); empty fields are left out. */
export function formValues(
  values: Readonly<Record<string, Readonly<Record<string, ViewStateValue>>>>,
): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [field, byAction] of Object.entries(values)) {
    for (const entered of Object.values(byAction)) {
      const chosen =
        entered.selected_option?.value ??
        entered.selected_conversation ??
        entered.selected_options?.[0]?.value;
      const text = (chosen ?? entered.value ?? '').trim();
      if (text !== '') found.set(field, text);
    }
  }
  return found;
}
