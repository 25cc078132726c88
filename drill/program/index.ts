/** The unmodified program over the declarations of a throwaway project. */
import './register';

import program = require('../../index');

export = program;
