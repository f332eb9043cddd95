import { FILE_SUBJECTS } from './file-subjects.js';
import { describeFaults } from './table.js';

describeFaults('a fault while a file is sent', FILE_SUBJECTS);
