import { CONTENT_SUBJECTS } from './content-subjects.js';
import { describeFaults } from './table.js';

describeFaults('a fault while content is written', CONTENT_SUBJECTS);
