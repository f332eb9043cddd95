// Dialogs. `Ask` asks before something is done; `Dialog` holds whatever a page puts into it. Escape and the veil close them, unless
// something is under way.
import type { ReactNode } from 'react';
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { Button } from './button.js';

export interface DialogProps {
  readonly title: string;
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly isWide?: boolean;
  readonly isBusy?: boolean;
  readonly role?: 'dialog' | 'alertdialog';
  readonly children: ReactNode;
}

export function Dialog({ title, isOpen, onClose, isWide = false, isBusy = false, role = 'dialog', children }: DialogProps): ReactNode {
  return (
    <ModalOverlay className="veil" isOpen={isOpen} onOpenChange={(open) => !open && onClose()} isDismissable={!isBusy} isKeyboardDismissDisabled={isBusy}>
      <Modal className={isWide ? 'modal wide' : 'modal'}>
        <AriaDialog role={role}><Heading slot="title" level={2}>{title}</Heading>{children}</AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}

/** Asks whether to do something; `confirm` is the verb on its button. */
export function Ask({ title, isOpen, onClose, confirm, onConfirm, look = 'primary', isBusy = false, children }: Omit<DialogProps, 'role' | 'isWide'> & { readonly confirm: string; readonly onConfirm: () => void; readonly look?: 'primary' | 'danger' }): ReactNode {
  return (
    <Dialog title={title} isOpen={isOpen} onClose={onClose} isBusy={isBusy} role="alertdialog">
      <div>{children}</div>
      <div className="actions"><Button onPress={onClose} isDisabled={isBusy} autoFocus>Cancel</Button><Button look={look} onPress={onConfirm} isPending={isBusy}>{confirm}</Button></div>
    </Dialog>
  );
}
