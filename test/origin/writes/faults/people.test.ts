import { PEOPLE_SUBJECTS, SITE_SUBJECTS, TERM_AND_COMMENT_SUBJECTS } from './people-subjects.js';
import { describeFaults } from './table.js';

describeFaults('a fault while terms and comments are written', TERM_AND_COMMENT_SUBJECTS);
describeFaults('a fault while people are written', PEOPLE_SUBJECTS);
describeFaults('a fault while a site is set', SITE_SUBJECTS);
