package store

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// listen implements engine. It holds one connection of its own.
func (p *postgres) listen(ctx context.Context, news func()) error {
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
	for {
		news()
		if _, err := conn.WaitForNotification(ctx); err != nil {
			return p.failure(ctx, "listen", err)
		}
	}
}
