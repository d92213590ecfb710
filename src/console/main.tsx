import { render } from 'preact';
import { stayConnected } from './live.ts';
import { Page } from './page.tsx';
import { followLimits } from './specs.ts';
import { followTheme } from './theme.ts';

followTheme();
stayConnected();
followLimits();

const root = document.getElementById('console');
if (root !== null) render(<Page />, root);
