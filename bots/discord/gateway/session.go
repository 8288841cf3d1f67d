package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/bwmarrin/discordgo"
)

// closing bounds how long a session takes to close.
const closing = 3 * time.Second

// connection is one session of the gateway, from dialling to its end.
type connection struct {
	l       *Link
	session *discordgo.Session
	dial    *dialer
	wire    *watch        // once it is dialled
	ready   chan struct{} // closed at READY
	once    sync.Once     // of closing it
	opened  chan error    // what Open returned
}

// connect opens a session, hands its interactions to the handler, and returns
// why it ended and how long it stood since READY.
func (l *Link) connect(ctx context.Context, gateway string, handler Handler) (time.Duration, error) {
	dialing, cancel := context.WithCancel(ctx)
	defer cancel()
	c := &connection{
		l: l, dial: l.newDialer(dialing),
		ready: make(chan struct{}), opened: make(chan error, 1),
	}
	c.prepare(gateway, handler) //nolint:contextcheck // a handler outlives the session that it came by
	go func() { c.opened <- c.session.Open() }()
	err := c.open(ctx)
	var stood time.Duration
	if err == nil {
		begun := l.c.Now()
		l.state.connected()
		l.c.Log.Info().Msg("discord: connected")
		err = c.stand(ctx)
		stood = max(l.c.Now().Sub(begun), 1)
	}
	c.close(stood > 0 && ctx.Err() != nil)
	return stood, err
}

// prepare makes the session, with all that it does by itself switched off.
func (c *connection) prepare(gateway string, handler Handler) {
	s, _ := discordgo.New("Bot " + c.l.c.Token) // it returns no error
	s.ShouldReconnectOnError, s.ShouldReconnectVoiceOnSessionError = false, false
	s.StateEnabled = false
	s.Compress = false // so that watch can read along
	s.Identify.Intents = 0
	s.LogLevel = -1 // below the least: its lines may have tokens in them
	s.Client = &http.Client{Transport: address(gateway)}
	dialer := *s.Dialer
	dialer.Proxy = nil // secure does it
	dialer.NetDialContext, dialer.NetDialTLSContext = c.dial.plain, c.dial.secure
	s.Dialer = &dialer
	s.AddHandler(func(_ *discordgo.Session, e *discordgo.Event) {
		switch e.Type {
		case "READY":
			c.once.Do(func() { close(c.ready) })
		case "INTERACTION_CREATE":
			c.l.take(e.RawData, handler)
		}
	})
	c.session = s
}

// address answers the one request of a session's own, where the gateway is.
type address string

// RoundTrip answers without a network.
func (a address) RoundTrip(r *http.Request) (*http.Response, error) {
	if !strings.HasSuffix(r.URL.Path, "/gateway") {
		return nil, errors.New("a session makes no such request")
	}
	body, err := json.Marshal(map[string]string{"url": string(a)})
	if err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode: http.StatusOK, Status: "200 OK", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{}, Body: io.NopCloser(strings.NewReader(string(body))), Request: r,
	}, nil
}

// open waits for READY. A session that does not come so far in time is
// abandoned.
func (c *connection) open(ctx context.Context) error {
	limit := time.NewTimer(c.l.c.Times.Open)
	defer limit.Stop()
	var over chan struct{}
	for {
		select {
		case c.wire = <-c.dial.got:
			over = c.wire.over
		case <-over:
			return c.wire.ending()
		case err := <-c.opened:
			if err != nil {
				return c.reason(err)
			}
			c.opened = nil
		case <-c.ready:
			if c.wire == nil {
				c.wire = <-c.dial.got
			}
			return nil
		case <-limit.C:
			return fmt.Errorf("no READY within %s", c.l.c.Times.Open)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// reason is why Open failed: what was seen on the connection, rather than
// what discordgo made of it.
func (c *connection) reason(err error) error {
	if c.wire == nil {
		select {
		case c.wire = <-c.dial.got:
		default:
			return fmt.Errorf("open the gateway: %s", c.l.clean(err.Error()))
		}
	}
	if e := c.wire.ending(); e != nil {
		return e
	}
	return fmt.Errorf("open the gateway: %s", c.l.clean(err.Error()))
}

// stand waits for the end of a session that is READY.
func (c *connection) stand(ctx context.Context) error {
	look := time.NewTicker(c.l.c.Times.Silence / 4)
	defer look.Stop()
	for {
		select {
		case <-c.wire.over:
			return c.wire.ending()
		case <-ctx.Done():
			return ctx.Err()
		case <-look.C:
			if quiet := c.wire.silence(); quiet > c.l.c.Times.Silence {
				return fmt.Errorf("no sign of life for %s", quiet.Round(time.Second))
			}
		}
	}
}

// close ends the session. A good one is told so, and that is waited for; of a
// broken one the connection is cut, so that no part of discordgo waits on it,
// and the second that discordgo takes after that is waited for only at the end
// of all.
func (c *connection) close(good bool) {
	select {
	case c.wire = <-c.dial.got:
	default:
	}
	if c.wire != nil && !good {
		_ = c.wire.Close()
	}
	told := make(chan struct{})
	c.l.tasks.aside(func() {
		_ = c.session.Close()
		close(told)
	})
	if good {
		within(told, closing)
		_ = c.wire.Close()
	}
}
