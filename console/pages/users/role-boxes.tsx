// The roles of a user as boxes to tick: WordPress lets somebody have several.
import type { ReactNode } from 'react';
import { CheckBox } from '../../kit/fields.js';

export interface RoleChoice {
  readonly slug: string;
  readonly name: string;
}

export function RoleBoxes({ roles, chosen, onChange, isDisabled, error }: { readonly roles: readonly RoleChoice[]; readonly chosen: readonly string[]; readonly onChange: (chosen: readonly string[]) => void; readonly isDisabled: boolean; readonly error: string | null }): ReactNode {
  return (
    <fieldset className="plain stack"><legend>Roles</legend>
      <div className="line">{roles.map(({ slug, name }) => <CheckBox key={slug} isDisabled={isDisabled} isSelected={chosen.includes(slug)} onChange={(isOn) => onChange(isOn ? [...chosen, slug] : chosen.filter((one) => one !== slug))}>{name}</CheckBox>)}</div>
      {error !== null && <p className="error" role="alert">{error}</p>}
    </fieldset>
  );
}
