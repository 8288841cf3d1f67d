package store

import (
	"errors"

	"github.com/jackc/pgx/v5/pgconn"
	driver "modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"
)

// unique reports whether a unique index refused a row.
func unique(err error) bool {
	var lite *driver.Error
	if errors.As(err, &lite) {
		return lite.Code() == codes.SQLITE_CONSTRAINT_UNIQUE
	}
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "23505"
}
