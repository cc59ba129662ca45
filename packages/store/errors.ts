/** Another process (or another store of this process) owns the data folder. */
export class DataFolderInUse extends Error {
  override readonly name = "DataFolderInUse";
}

/** The data folder cannot be made, read or written, or its disk is full. The message is one line and ends with the cause. */
export class DataFolderUnusable extends Error {
  override readonly name = "DataFolderUnusable";
}

/** The database was written by a newer version: going back would lose what this version does not know. */
export class DatabaseTooNew extends Error {
  override readonly name = "DatabaseTooNew";
}

/** The database file is damaged or is no database. */
export class DatabaseCorrupt extends Error {
  override readonly name = "DatabaseCorrupt";
}
