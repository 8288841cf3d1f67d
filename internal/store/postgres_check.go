package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"strings"

	"didops/internal/transaction"
)

// oldest is the oldest PostgreSQL that can tell what became of a transaction.
const oldest = 130000

const serverQuery = `SELECT current_setting('server_version'), current_setting('server_version_num')::int, current_setting('server_encoding'),
	current_setting('fsync'), current_setting('full_page_writes'), current_setting('transaction_read_only') = 'on',
	has_schema_privilege(current_schema(), 'CREATE'), (EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::bigint,
	COALESCE((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false)`

// server is what a server says of itself.
type server struct {
	name                   string
	number                 int
	encoding, fsync, pages string
	readOnly               bool
	creates                sql.NullBool // whether tables may be made; NULL: there is no schema
	now                    int64
	tls                    bool
}

// check implements engine.
func (p *postgres) check(ctx context.Context) (Report, error) {
	report := Report{Place: p.place}
	db := p.pool(1, false)
	defer func() { _ = db.Close() }()
	if err := p.reached(ctx, db); err != nil {
		return report, p.failure(ctx, "check the store", err)
	}
	var s server
	before := p.clock()
	err := db.QueryRowContext(ctx, serverQuery).Scan(&s.name, &s.number, &s.encoding, &s.fsync, &s.pages, &s.readOnly, &s.creates, &s.now, &s.tls)
	if err != nil {
		return report, p.failure(ctx, "check the store", err)
	}
	after := p.clock()
	report.Place = fmt.Sprintf("%s (PostgreSQL %s)", p.place, s.name)
	switch {
	case s.number < oldest:
		return report, p.faulty("is of a PostgreSQL that is too old", "Use PostgreSQL 13 or later.", nil)
	case s.encoding != "UTF8":
		return report, p.faulty("keeps text as "+s.encoding, "Create the database with ENCODING 'UTF8'.", nil)
	case s.readOnly:
		return report, p.answered(readOnly, errors.New("transactions are read only there"))
	}
	if err := p.apart(before, after, moment(s.now), moment(s.now)); err != nil {
		return report, err
	}
	report.Doubts = p.doubts(s)
	switch have, err := p.stored(ctx, db); {
	case errors.Is(err, transaction.ErrNone):
		if !s.creates.Bool {
			return report, p.answered(denied, errors.New("no table can be made in the current schema"))
		}
	case err != nil:
		return report, p.failure(ctx, "check the store", err)
	case have > version:
		return report, tooNew(p.place, have)
	default:
		if err := report.look(ctx, db, moment(s.now)); err != nil {
			return report, p.failure(ctx, "check the store", err)
		}
		return report, p.writes(ctx, db)
	}
	return report, nil
}

// writes reports that the user may not write the tables.
func (p *postgres) writes(ctx context.Context, db *sql.DB) error {
	var may bool
	err := db.QueryRowContext(ctx, `SELECT has_table_privilege('audit', 'INSERT') AND has_table_privilege('orders', 'UPDATE')`).Scan(&may)
	if err == nil && !may {
		return p.answered(denied, errors.New("the tables can't be written"))
	}
	return p.failure(ctx, "check the store", err)
}

// doubts are the settings by which the server may lose what it said it keeps,
// and a way there that others may read along.
func (p *postgres) doubts(s server) []Doubt {
	var list []Doubt
	for _, setting := range []struct{ name, is string }{{"fsync", s.fsync}, {"full_page_writes", s.pages}} {
		if setting.is == "off" {
			list = append(list, Doubt{
				"the server of the orders runs with " + setting.name + " = off: a loss of power can lose orders that were sent, or damage all",
				"set " + setting.name + " = on in its postgresql.conf",
			})
		}
	}
	if local := strings.HasPrefix(p.config.Host, "/") || p.config.Host == "localhost" || net.ParseIP(p.config.Host).IsLoopback(); !s.tls && !local {
		list = append(list, Doubt{
			"the connection to the server of the orders is not encrypted: passwords of routing can be read on the way",
			"switch ssl on at the server, and add sslmode=verify-full to store.url",
		})
	}
	if p.pooled.Load() {
		list = append(list, Doubt{
			"a pooler is between didops and the server of the orders: didops sets anew what it drops of a connection's settings",
			"connect to the server itself, if you can",
		})
	}
	return list
}
