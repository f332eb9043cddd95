// Runs before the first paint, so that a dark choice does not flash white.
import { applyTheme, readTheme } from './theme.js';

applyTheme(readTheme());
