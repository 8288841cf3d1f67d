package store

import (
	"errors"

	"github.com/jackc/pgx/v5/pgconn"
	driver "modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"
)

// lonely reports whether a row was refused for what it belongs to, which is not there.
func lonely(err error) bool {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	return ok && pg.Code == "23503"
}

// dividedByZero reports whether a statement divided by how many rows it has kept, and
// kept none.
func dividedByZero(err error) bool {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	return ok && pg.Code == "22012"
}

// unique reports whether a unique index refused a row.
func unique(err error) bool {
	if lite, ok := errors.AsType[*driver.Error](err); ok {
		return lite.Code() == codes.SQLITE_CONSTRAINT_UNIQUE
	}
	pg, ok := errors.AsType[*pgconn.PgError](err)
	return ok && pg.Code == "23505"
}
