// Imported before anything else by the command line: libraries read this when they are loaded, and check themselves at every step without it.
process.env['NODE_ENV'] ??= 'production';
