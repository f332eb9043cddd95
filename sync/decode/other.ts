// What belongs to no entity: failed log-ins, imports and exports, the heartbeat, and the sender's own troubles.
// The user name of a failed log-in is never read, because people type passwords into that box.
import type { AuditCategory } from '../../core/changes.js';
import { auditLine, short } from './audit.js';
import { decoder, ignoringArguments, NOTHING, type Decoder, type DecoderTable, type ItemContext } from './item.js';
import { guard } from './privacy.js';
import { upsertSetting } from './settings.js';
import { json, label, positional } from './shapes.js';

function siteLine(item: ItemContext, category: AuditCategory, typename: string, summary: string) {
  return auditLine(item, { category, typename, localId: null, label: typename, summary });
}

/** An event of which only the fact is told. */
function told(category: AuditCategory, typename: string, summary: string): Decoder {
  return ignoringArguments((item) => ({ changes: [], audit: siteLine(item, category, typename, summary) }));
}

function importer(sentence: string): Decoder {
  return decoder(positional({ slug: label, name: label }), ({ slug, name }, item) => ({
    changes: [],
    audit: siteLine(item, 'CONTENT', 'Import', `${sentence} (${short(name || slug || 'unknown')})`),
  }));
}

const heartbeat = decoder(positional({ stats: json }), ({ stats }, item) => ({
  changes: [upsertSetting('STATS', 'heartbeat', guard(stats), item.rev)],
  audit: null,
}));

export const OTHER_DECODERS: DecoderTable = {
  jetpack_valid_failed_login_attempt: told('AUTH', 'Login', 'A log-in failed'),
  jetpack_sync_import_start: importer('Import started'),
  jetpack_sync_import_end: importer('Import ended'),
  export_wp: told('PRIVACY', 'Export', 'Exported content'),
  jetpack_sync_heartbeat_stats: heartbeat,
  jetpack_sync_checksum: ignoringArguments(() => NOTHING),
  jetpack_sync_data_loss: told('SYNC', 'SyncQueue', 'The site dropped events because its queue was full; a full sync is needed'),
  jetpack_sync_flow_error_enable: told('SYNC', 'SyncQueue', 'Dedicated sync could not be enabled'),
  jetpack_sync_flow_error_temp_disable: told('SYNC', 'SyncQueue', 'Dedicated sync was paused'),
  jetpack_sync_storage_error_custom_init: told('SYNC', 'SyncQueue', 'The queue table could not be set up'),
  jetpack_sync_storage_error_custom_migrate: told('SYNC', 'SyncQueue', 'The queue table could not be migrated'),
  jetpack_sync_storage_error_table_not_exist: told('SYNC', 'SyncQueue', 'The queue table is missing'),
};
