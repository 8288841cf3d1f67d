package store

import (
	"context"
	"database/sql/driver"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// beginTurn begins a transaction and has it wait for its turn, on one way to the
// server and back. Each statement of it sees what was committed before the turn
// came, whatever the database is set to.
const beginTurn = `BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_advisory_xact_lock(%d)`

// turns opens connections of which each transaction is the only one that writes.
type turns struct{ driver.Connector }

// Connect implements [driver.Connector].
func (t turns) Connect(ctx context.Context) (driver.Conn, error) {
	to, err := t.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	c, ok := to.(*stdlib.Conn)
	if !ok {
		return nil, fmt.Errorf("the driver's %T is not what is expected of it", to)
	}
	return turnConn{c}, nil
}

// turnConn is a connection whose transactions wait for their turn.
type turnConn struct{ *stdlib.Conn }

// BeginTx implements [driver.ConnBeginTx]. Its options are those of a write.
func (c turnConn) BeginTx(ctx context.Context, _ driver.TxOptions) (driver.Tx, error) {
	if c.Conn.Conn().IsClosed() {
		return nil, driver.ErrBadConn
	}
	conn := c.Conn.Conn()
	t, err := conn.BeginTx(ctx, pgx.TxOptions{BeginQuery: fmt.Sprintf(beginTurn, int64(turnLock))})
	if err != nil {
		if !conn.IsClosed() && conn.PgConn().TxStatus() != 'I' { // it has begun, and got no turn
			_, _ = conn.Exec(context.WithoutCancel(ctx), "ROLLBACK")
		}
		return nil, err
	}
	return turn{ctx, t}, nil
}

// turn is a [driver.Tx].
type turn struct {
	ctx context.Context //nolint:containedctx // [driver.Tx] is given none
	t   pgx.Tx
}

func (t turn) Commit() error   { return t.t.Commit(t.ctx) }
func (t turn) Rollback() error { return t.t.Rollback(t.ctx) }
