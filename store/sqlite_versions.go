package store

import (
	"context"

	"github.com/pressly/goose/v3/database"
)

// sqliteVersions is goose's table of versions on SQLite. Goose would find out
// whether its table is there by reading a column as a time, of which SQLite has
// none: every time of ours is a number.
type sqliteVersions struct{ database.Store }

func newSQLiteVersions() (database.Store, error) {
	s, err := database.NewStore(database.DialectSQLite3, "goose_db_version")
	return sqliteVersions{s}, err
}

// TableExists tells whether goose has made its table.
func (v sqliteVersions) TableExists(ctx context.Context, db database.DBTxConn) (exists bool, err error) {
	err = db.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = $1)", v.Tablename()).Scan(&exists)
	return exists, err
}
