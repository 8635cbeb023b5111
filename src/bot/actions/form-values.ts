import type { ViewStateValue } from '@slack/bolt';
import { withoutUnseen } from '../../cluster/names.ts';

/**
 * What was entered, by field (block id); empty fields are left out.
 * @param read what a text means: as in a command, what nobody sees means nothing, unless it is prose
 */
export function formValues(
  values: Readonly<Record<string, Readonly<Record<string, ViewStateValue>>>>,
  read: (text: string) => string = withoutUnseen,
): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [field, byAction] of Object.entries(values)) {
    for (const entered of Object.values(byAction)) {
      const chosen =
        entered.selected_option?.value ??
        entered.selected_conversation ??
        entered.selected_options?.[0]?.value;
      const text = (chosen ?? read(entered.value ?? '')).trim();
      if (text !== '') found.set(field, text);
    }
  }
  return found;
}
