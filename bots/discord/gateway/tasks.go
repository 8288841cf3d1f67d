package gateway

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/bwmarrin/discordgo"

	"didops/internal/incident"
)

// tasks are the handlers at work.
type tasks struct {
	mu    sync.Mutex
	count int
	over  bool          // no more is taken
	empty chan struct{} // while finish waits: closed when the last is done
}

// begin reports whether a handler may begin.
func (t *tasks) begin() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.over {
		return false
	}
	t.count++
	return true
}

func (t *tasks) done() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.count--; t.count == 0 && t.over {
		close(t.empty)
	}
}

// finish takes no more and waits for the handlers, some time, and a moment
// more after they were told to stop.
func (t *tasks) finish(l *Link) {
	t.mu.Lock()
	t.over, t.empty = true, make(chan struct{})
	if t.count == 0 {
		close(t.empty)
	}
	t.mu.Unlock()
	if !within(t.empty, l.c.Times.Drain) {
		t.mu.Lock()
		l.c.Log.Warn().Int("handlers", t.count).Msg("discord: interactions were cut short")
		t.mu.Unlock()
		l.cut()
		within(t.empty, time.Second)
	}
	l.cut()
}

// within waits for a channel to be closed, but not for longer than a time.
func within(c <-chan struct{}, d time.Duration) bool {
	limit := time.NewTimer(d)
	defer limit.Stop()
	select {
	case <-c:
		return true
	case <-limit.C:
		return false
	}
}

// take hands an interaction of the gateway to the handler. It is called in a
// goroutine of its own.
func (l *Link) take(raw []byte, handler Handler) {
	i, err := decode(raw)
	if err != nil {
		l.c.Log.Error().Str("reason", l.clean(err.Error())).Msg("discord: an interaction can't be read")
		return
	}
	if l.tasks.begin() {
		l.handle(handler, i, l.newReply(i, nil))
	}
}

// handle runs the handler, which was begun, and contains its panic.
func (l *Link) handle(handler Handler, i *discordgo.Interaction, reply *reply) {
	defer l.tasks.done()
	ctx, cancel := context.WithTimeout(l.work, l.c.Times.Token)
	defer cancel()
	err := incident.Guard("", func() error {
		handler(ctx, i, reply)
		return nil
	})
	if p, ok := errors.AsType[*incident.PanicError](err); ok {
		l.c.Log.Error().Str("reference", i.ID).Str("panic", l.clean(fmt.Sprint(p.Value), i.Token)).
			Bytes("stack", p.Stack).Msg("discord: a handler panicked")
	}
}
