package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"github.com/rs/zerolog"

	"didops/internal/fault"
	"didops/internal/transaction"
)

const (
	// turnLock is the advisory lock of the one transaction that may write. The
	// migrations take it as well; upgradeLock is that of who runs them.
	turnLock    = 0x6469646f7073
	upgradeLock = turnLock + 1

	// connectWithin is how long the database may take to let us in.
	connectWithin = 5 * time.Second
	// writeWithin bounds a write, the wait for others included.
	writeWithin = 30 * time.Second
	// skewTolerated is how far our clock may be from that of the database: what
	// processes agree by is said in times.
	skewTolerated = 5 * time.Second

	// postgresReaders is how many may read at once in one process. Besides,
	// there is a connection that writes and one that listens.
	postgresReaders = 8
	// leastConnections is with how many everything works: one that reads, one
	// that writes and one that listens.
	leastConnections = 3
)

// session is what every connection asks of the server. What the url says
// otherwise does not count: an answered commit is on disk, and a process that
// hangs keeps nobody from writing.
func session() map[string]string {
	return map[string]string{
		"application_name":                    "didops",
		"client_encoding":                     "UTF8",
		"idle_in_transaction_session_timeout": "5s",
		"lock_timeout":                        "10s",
		"synchronous_commit":                  "on",
		"tcp_keepalives_count":                "3",
		"tcp_keepalives_idle":                 "10",
		"tcp_keepalives_interval":             "5",
	}
}

// postgres is the engine of a store in a PostgreSQL database.
type postgres struct {
	config *pgx.ConnConfig
	place  string // for people
	clock  func() time.Time
	skew   time.Duration
	log    zerolog.Logger
	gone   atomic.Bool // whether its tables are
	pooled atomic.Bool // whether a pooler is in between
	key    atomic.Pointer[string]
	forgot atomic.Int64 // when old marks of commits were forgotten last, in microseconds by the clock there

	askWithin time.Duration // how long a commit without an answer is asked for
}

// newPostgres reads a url, and connects to nothing.
func newPostgres(c Config) (*postgres, error) {
	config, err := pgx.ParseConfig(c.URL)
	if err != nil {
		return nil, unreadable(c.URL, err)
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = connectWithin
	}
	maps.Copy(config.RuntimeParams, session())
	dialer := net.Dialer{
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 10 * time.Second, Interval: 5 * time.Second, Count: 3},
		Control:         giveUp,
	}
	config.DialFunc = dialer.DialContext
	p := &postgres{config: config, place: placeOf(&config.Config), clock: c.Now, skew: c.Skew, log: c.Log, askWithin: askWithin}
	if p.skew == 0 {
		p.skew = skewTolerated
	}
	return p, nil
}

// unreadable is the fault of a url. It never repeats the url, nor an error
// that might hold its password.
func unreadable(text string, err error) *fault.Error {
	e := fault.New(fault.Invalid, "the url of the store of orders can't be read").WithField("store.url").
		WithHint("It is like postgres://USER:PASSWORD@HOST/DATABASE?sslmode=verify-full; write special characters of the password as %%40 for @.")
	var parse *pgconn.ParseConfigError
	u, bad := url.Parse(text)
	if bad != nil || !errors.As(err, &parse) || parse.Unwrap() == nil {
		return e
	}
	why := parse.Unwrap().Error()
	password, set := u.User.Password()
	if set && strings.Contains(why, password) || u.Query().Has("password") {
		return e
	}
	return fault.New(fault.Invalid, "the url of the store of orders can't be used: %s", why).WithField("store.url").WithHint("%s", e.Hint)
}

// placeOf names database and hosts for people.
func placeOf(c *pgconn.Config) string {
	hosts := []string{hostOf(c.Host, c.Port)}
	for _, f := range c.Fallbacks {
		if h := hostOf(f.Host, f.Port); !slices.Contains(hosts, h) {
			hosts = append(hosts, h)
		}
	}
	name := c.Database
	if name == "" {
		name = c.User // as PostgreSQL does
	}
	return fmt.Sprintf("the database %q on %s", name, strings.Join(hosts, " or "))
}

func hostOf(host string, port uint16) string {
	if strings.HasPrefix(host, "/") {
		return host // the folder of a socket
	}
	return net.JoinHostPort(host, strconv.Itoa(int(port)))
}

// pool returns a pool of connections, none of which is opened yet.
func (p *postgres) pool(most int, writes bool) *sql.DB {
	db := sql.OpenDB(talkative{stdlib.GetConnector(*p.config, stdlib.OptionAfterConnect(p.settle)), writes})
	db.SetMaxOpenConns(most)
	db.SetMaxIdleConns(most)
	db.SetConnMaxIdleTime(time.Minute)
	return db
}

// open implements engine.
func (p *postgres) open(ctx context.Context, create bool) (*pools, error) {
	p.gone.Store(false)
	opened := &pools{
		reader: p.pool(postgresReaders, false), reads: sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead},
		// Each statement of a write sees what was committed before its turn came,
		// whatever the database is set to.
		writes: sql.TxOptions{Isolation: sql.LevelReadCommitted},
		writer: p.pool(1, true), within: writeWithin, same: func() bool { return !p.gone.Load() }, stale: stale,
	}
	err := p.reached(ctx, opened.reader)
	if err == nil {
		err = p.refresh(ctx, opened.reader, create)
	}
	if err == nil {
		opened.key, err = keyOf(ctx, opened.reader)
		p.key.Store(&opened.key)
	}
	if err == nil && opened.key != "" {
		opened.secret, err = keyIn(opened.key)
	}
	if err != nil {
		return nil, errors.Join(p.failure(ctx, "open the store", err), opened.close())
	}
	return opened, nil
}

// where implements engine.
func (p *postgres) where() string { return p.place }

// anew implements engine.
func (p *postgres) anew() string { return "start didops again" }

// refresh makes the tables, if that is wanted, or applies the migrations that
// they lack.
func (p *postgres) refresh(ctx context.Context, db *sql.DB, create bool) error {
	have, err := p.stored(ctx, db)
	switch {
	case errors.Is(err, transaction.ErrNone) && !create:
		return err
	case err != nil && !errors.Is(err, transaction.ErrNone):
		return err
	case have == version:
		return nil
	case have > version:
		return tooNew(p.place, have)
	}
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockID(upgradeLock), lock.WithLockTimeout(1, 60))
	if err != nil {
		return err
	}
	p.log.Debug().Str("place", p.place).Msg("bring the store of orders up to date")
	return migrate(ctx, db, goose.DialectPostgres, "postgres", goose.WithSessionLocker(locker))
}

// stored returns the version of the store, or [transaction.ErrNone].
func (p *postgres) stored(ctx context.Context, db *sql.DB) (int64, error) {
	var there bool
	if err := db.QueryRowContext(ctx, `SELECT to_regclass($1) IS NOT NULL`, versions).Scan(&there); err != nil {
		return 0, err
	}
	if !there {
		return 0, transaction.ErrNone
	}
	return current(ctx, db)
}
