// Buttons, and links that look like one.
import type { ReactNode } from 'react';
import { Button as AriaButton, Tooltip, TooltipTrigger, type ButtonProps as AriaButtonProps } from 'react-aria-components';
import { Link } from 'wouter';
import { Icon, type IconName } from './icons.js';

export type Look = 'primary' | 'danger' | 'plain' | 'usual';

export interface ButtonProps extends Omit<AriaButtonProps, 'className' | 'children' | 'style'> {
  readonly look?: Look;
  readonly icon?: IconName;
  readonly children: ReactNode;
}

/**
 * `isPending` keeps its size, its focus and its name while it is at work, and does nothing. Not the library's own: that announces the button
 * by its id for seconds, which names nothing once the button is gone with its dialog.
 */
export function Button({ look = 'usual', icon, isPending = false, onPress, type, children, ...props }: ButtonProps): ReactNode {
  return (
    <AriaButton {...props} {...(isPending ? { 'aria-disabled': true, type: 'button' } : { ...(onPress ? { onPress } : {}), ...(type ? { type } : {}) })} className={`button ${look}${isPending ? ' pending' : ''}`}>
      {icon && <Icon name={icon} />}{children}
    </AriaButton>
  );
}

/** A button of a picture alone; the label is its name and its tooltip. */
export function IconButton({ icon, label, look = 'plain', ...props }: Omit<ButtonProps, 'children'> & { readonly icon: IconName; readonly label: string }): ReactNode {
  return (
    <TooltipTrigger delay={500}>
      <AriaButton {...props} aria-label={label} className={`button icon ${look}`}><Icon name={icon} /></AriaButton>
      <Tooltip className="tip" offset={4}>{label}</Tooltip>
    </TooltipTrigger>
  );
}

/** A link of the console that looks like a button. */
export function LinkButton({ to, icon, look = 'usual', children }: { readonly to: string; readonly icon?: IconName; readonly look?: Look; readonly children: ReactNode }): ReactNode {
  return <Link href={to} className={`button ${look}`}>{icon && <Icon name={icon} />}{children}</Link>;
}

/** A link that leaves the console, to a site or to a page of the server; `isNewTab` for sites. */
export function OutLink({ href, icon = 'external', look = 'usual', isNewTab = true, download, children }: { readonly href: string; readonly icon?: IconName; readonly look?: Look; readonly isNewTab?: boolean; readonly download?: string; readonly children: ReactNode }): ReactNode {
  return <a href={href} className={`button ${look}`} {...(download === undefined ? {} : { download })} {...(isNewTab ? { target: '_blank', rel: 'noreferrer' } : {})}><Icon name={icon} />{children}</a>;
}
