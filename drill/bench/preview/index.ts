/** The unmodified program over a generated declaration. */
import './register';

import program = require('../../../index');

export = program;
