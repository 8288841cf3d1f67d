package store

import (
	"context"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"didops/internal/audit"
)

// listen implements engine. It holds one connection of its own.
func (p *postgres) listen(ctx context.Context, news func(audit.News)) error {
	conn, err := pgx.ConnectConfig(ctx, p.config.Copy())
	if err != nil {
		return p.failure(ctx, "listen", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	err = p.settle(ctx, conn)
	if err == nil && p.pooled.Load() {
		err = p.whole(ctx, conn) // else nothing would ever be heard
	}
	if err != nil {
		return p.failure(ctx, "listen", err)
	}
	if _, err := conn.Exec(ctx, "LISTEN didops"); err != nil {
		return p.failure(ctx, "listen", err)
	}
	for told := (audit.News{}); ; {
		news(told)
		n, err := conn.WaitForNotification(ctx)
		if err != nil {
			return p.failure(ctx, "listen", err)
		}
		told = newsOf(n.Payload)
	}
}

// newsOf reads what the trigger of the trail tells: number and order. What can't be
// read says that something may have changed.
func newsOf(payload string) audit.News {
	number, order, _ := strings.Cut(payload, " ")
	seq, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return audit.News{}
	}
	return audit.News{Seq: seq, Order: order}
}
