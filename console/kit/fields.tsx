// Fields of forms and filters: a label, perhaps a hint, perhaps what is wrong.
import type { ReactNode } from 'react';
import { Checkbox, FieldError, Input, Label, SearchField, Text, TextArea, TextField, ToggleButton, ToggleButtonGroup, Button, ListBox, ListBoxItem, Popover, Select, SelectValue, type Key } from 'react-aria-components';
import { Icon, type IconName } from './icons.js';

interface FieldProps {
  readonly label: string;
  readonly hint?: ReactNode;
  /** What is wrong with the value; null when nothing is. */
  readonly error?: string | null;
  readonly isDisabled?: boolean;
}

export interface TextBoxProps extends FieldProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly type?: 'text' | 'email' | 'url' | 'number' | 'datetime-local' | 'date' | 'time';
  readonly isMultiline?: boolean;
  readonly isRequired?: boolean;
  readonly maxLength?: number;
  readonly autoFocus?: boolean;
  readonly name?: string;
}

export function TextBox({ label, hint, error = null, isMultiline = false, type = 'text', isDisabled = false, isRequired = false, ...props }: TextBoxProps): ReactNode {
  return (
    <TextField {...props} type={type} isDisabled={isDisabled} isRequired={isRequired} isInvalid={error !== null} className="field" validationBehavior="aria">
      <Label>{label}</Label>
      {isMultiline ? <TextArea className="input" /> : <Input className="input" />}
      {hint !== undefined && <Text slot="description" className="hint">{hint}</Text>}
      <FieldError className="error">{error}</FieldError>
    </TextField>
  );
}

/** A search field without a visible label; `label` is its name and its placeholder. */
export function SearchBox({ label, value, onChange, autoFocus = false }: { readonly label: string; readonly value: string; readonly onChange: (value: string) => void; readonly autoFocus?: boolean }): ReactNode {
  return (
    <SearchField aria-label={label} value={value} onChange={onChange} autoFocus={autoFocus} className="search">
      <Icon name="search" />
      <Input className="input" placeholder={label} />
      <Button aria-label="Clear"><Icon name="close" /></Button>
    </SearchField>
  );
}

export interface Option<Value extends string> {
  readonly value: Value;
  readonly label: string;
  readonly icon?: IconName;
}

/** One of a list. `isBare` leaves the label to assistive technology, as in a toolbar. */
export function SelectBox<Value extends string>({ label, hint, error = null, isDisabled = false, isBare = false, options, value, onChange }: FieldProps & { readonly isBare?: boolean; readonly options: readonly Option<Value>[]; readonly value: Value; readonly onChange: (value: Value) => void }): ReactNode {
  const shown = options.find((option) => option.value === value)?.label ?? value;
  return (
    <Select className="field" value={value} onChange={(key: Key | null) => key !== null && onChange(key as Value)} isDisabled={isDisabled} isInvalid={error !== null} {...(isBare ? { 'aria-label': label } : {})}>
      {!isBare && <Label>{label}</Label>}
      <Button className="select-button"><SelectValue className="cut">{shown}</SelectValue><Icon name="down" /></Button>
      {hint !== undefined && <Text slot="description" className="hint">{hint}</Text>}
      <FieldError className="error">{error}</FieldError>
      <Popover className="popover" offset={4}>
        <ListBox className="list" items={options}>
          {({ value: id, label: text }) => <ListBoxItem id={id} textValue={text}>{text}</ListBoxItem>}
        </ListBox>
      </Popover>
    </Select>
  );
}

/** One of two to four, all in view. */
export function Segments<Value extends string>({ label, options, value, onChange }: { readonly label: string; readonly options: readonly Option<Value>[]; readonly value: Value; readonly onChange: (value: Value) => void }): ReactNode {
  return (
    <ToggleButtonGroup className="segments" aria-label={label} selectionMode="single" disallowEmptySelection selectedKeys={[value]} onSelectionChange={(keys) => keys.size > 0 && onChange([...keys][0] as Value)}>
      {options.map((option) => <ToggleButton key={option.value} id={option.value}>{option.icon && <Icon name={option.icon} />}{option.label}</ToggleButton>)}
    </ToggleButtonGroup>
  );
}

/** A box to tick with its words. */
export function CheckBox({ isSelected, onChange, isDisabled = false, isIndeterminate = false, children }: { readonly isSelected: boolean; readonly onChange: (isSelected: boolean) => void; readonly isDisabled?: boolean; readonly isIndeterminate?: boolean; readonly children: ReactNode }): ReactNode {
  return <Checkbox className="check" isSelected={isSelected} onChange={onChange} isDisabled={isDisabled} isIndeterminate={isIndeterminate}><span className="box"><Icon name={isIndeterminate ? 'minus' : 'check'} /></span>{children}</Checkbox>;
}
