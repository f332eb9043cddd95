import { MENU_SUBJECTS } from './menu-subjects.js';
import { describeFaults } from './table.js';

describeFaults('a fault while a menu is written', MENU_SUBJECTS);
