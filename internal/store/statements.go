package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"strings"

	native "modernc.org/sqlite"
)

// mostStatements is how many statements a connection keeps prepared at most. A store
// has fewer, but for those that insert many rows, of which there is one for each
// number of rows.
const mostStatements = 128

// prepared opens connections to an SQLite file that keep the statements that they
// were asked for prepared. To parse one takes as long as to run it, and the driver
// parses it each time that it is asked without [database/sql.Stmt].
type prepared struct{ driver.Connector }

// open returns a pool of such connections, none of which is opened yet.
func open(dsn string) (*sql.DB, error) {
	to, err := native.NewConnector(dsn)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(prepared{to}), nil
}

// Connect implements [driver.Connector].
func (p prepared) Connect(ctx context.Context) (driver.Conn, error) {
	to, err := p.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	c, ok := to.(connection)
	if !ok {
		return nil, fmt.Errorf("the driver's %T is not what is expected of it", to)
	}
	return &preparing{connection: c, kept: map[string]statement{}}, nil
}

// connection is what the driver's own are.
type connection interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// statement is what the driver's own are.
type statement interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// preparing is a connection with the statements that it has prepared and that
// nobody uses at the moment. As any connection it is used by one goroutine at a
// time.
type preparing struct {
	connection
	kept map[string]statement
}

// ExecContext implements [driver.ExecerContext].
func (c *preparing) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	s, err := c.take(ctx, query)
	switch {
	case err != nil:
		return nil, err
	case s == nil:
		return c.connection.ExecContext(ctx, query, args)
	}
	result, err := s.ExecContext(ctx, args)
	return result, c.give(query, s, err)
}

// QueryContext implements [driver.QueryerContext].
func (c *preparing) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	s, err := c.take(ctx, query)
	switch {
	case err != nil:
		return nil, err
	case s == nil:
		return c.connection.QueryContext(ctx, query, args)
	}
	rows, err := s.QueryContext(ctx, args)
	if err != nil {
		return nil, c.give(query, s, err)
	}
	return &preparedRows{Rows: rows, c: c, query: query, s: s}, nil
}

// Close implements [driver.Conn].
func (c *preparing) Close() error {
	c.drop()
	return c.connection.Close()
}

// drop ends all that is kept.
func (c *preparing) drop() {
	for _, s := range c.kept {
		_ = s.Close() // it has told each failure when it ran
	}
	clear(c.kept)
}

// take returns the statement of a query, which nobody else has until it is given
// back; nil for one that is asked too seldom to be kept, such as what makes tables.
func (c *preparing) take(ctx context.Context, query string) (statement, error) {
	if verb, _, _ := strings.Cut(query, " "); verb != "SELECT" && verb != "INSERT" && verb != "UPDATE" && verb != "DELETE" {
		return nil, nil
	}
	if s, ok := c.kept[query]; ok {
		delete(c.kept, query)
		return s, nil
	}
	made, err := c.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	s, ok := made.(statement)
	if !ok {
		return nil, fmt.Errorf("the driver's %T is not what is expected of it", made)
	}
	return s, nil
}

// give keeps a statement for the next time, unless it has failed. It returns the
// error that it is given.
func (c *preparing) give(query string, s statement, failed error) error {
	if _, twice := c.kept[query]; failed != nil || twice {
		_ = s.Close()
		return failed
	}
	if len(c.kept) >= mostStatements {
		c.drop() // what is asked often is soon there again
	}
	c.kept[query] = s
	return nil
}

// preparedRows give their statement back at their end.
type preparedRows struct {
	driver.Rows
	c     *preparing
	query string
	s     statement
}

// Close implements [driver.Rows].
func (r *preparedRows) Close() error { return r.c.give(r.query, r.s, r.Rows.Close()) }
