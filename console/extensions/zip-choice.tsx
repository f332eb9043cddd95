// Chooses a zip and sends it to the server, which says what is in it. It can be dropped here too.
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { DropZone, FileTrigger } from 'react-aria-components';
import { Button } from '../kit/button.js';
import { ProgressBar } from '../kit/progress.js';
import { Notice } from '../kit/states.js';
import { formatNumber } from '../kit/words.js';
import { uploadPackage, type UploadedPackage } from './upload.js';

type Sending = { readonly name: string; readonly part: number };

export function ZipChoice({ uploaded, onUploaded }: { readonly uploaded: UploadedPackage | null; readonly onUploaded: (uploaded: UploadedPackage | null) => void }): ReactNode {
  const [sending, setSending] = useState<Sending | null>(null);
  const [trouble, setTrouble] = useState<string | null>(null);
  const current = useRef<AbortController | null>(null);
  useEffect(() => () => current.current?.abort(), []);

  const send = async (file: File): Promise<void> => {
    current.current?.abort();
    const mine = new AbortController();
    current.current = mine;
    onUploaded(null);
    setTrouble(null);
    setSending({ name: file.name, part: 0 });
    const answer = await uploadPackage(file, (part) => current.current === mine && setSending({ name: file.name, part }), mine.signal);
    if (current.current !== mine || mine.signal.aborted) return;
    setSending(null);
    if (answer.ok) onUploaded(answer.found);
    else setTrouble(answer.message);
  };
  return (
    <div className="stack tight">
      <DropZone
        className="drop-zone" aria-label="Drop a zip here" getDropOperation={(types) => (types.has('application/zip') || types.has('application/x-zip-compressed') ? 'copy' : 'cancel')}
        onDrop={({ items }) => {
          const dropped = items.find((item) => item.kind === 'file');
          if (dropped?.kind === 'file') void dropped.getFile().then(send);
        }}
      >
        <FileTrigger acceptedFileTypes={['.zip', 'application/zip']} onSelect={(files) => { const file = files?.[0]; if (file) void send(file); }}>
          <Button icon="upload" isDisabled={sending !== null}>{uploaded ? 'Choose another zip…' : 'Choose a zip…'}</Button>
        </FileTrigger>
        <span className="soft">or drop it here; at most 64 MiB</span>
      </DropZone>
      {sending && <ProgressBar label={`Sending ${sending.name}`} percent={sending.part < 1 ? Math.round(sending.part * 100) : null} />}
      {trouble !== null && <Notice look="bad"><p>{trouble}</p></Notice>}
      {uploaded && <Notice look="good"><p><strong>{uploaded.slug}</strong> {uploaded.version}, a {uploaded.kind === 'THEME' ? 'theme' : 'plugin'} of {sizeWord(uploaded.bytes)}</p></Notice>}
    </div>
  );
}

function sizeWord(bytes: number): string {
  return bytes < 1024 * 1024 ? `${formatNumber(Math.max(1, Math.round(bytes / 1024)))} KiB` : `${formatNumber(Math.round(bytes / 1024 / 1024))} MiB`;
}
