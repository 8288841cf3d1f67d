package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"time"

	"github.com/gorilla/websocket"
)

// The operations of the gateway.
const (
	opDispatch       = 0
	opHeartbeat      = 1
	opIdentify       = 2
	opResume         = 6
	opReconnect      = 7
	opInvalidSession = 9
	opHello          = 10
	opAcknowledge    = 11
)

const (
	// writeWithin bounds the writing of a frame, which is short.
	writeWithin = 5 * time.Second

	// closing bounds how long a session takes to end.
	closing = 2 * time.Second

	// maxFrame bounds a frame: an interaction brings a message at most.
	maxFrame = 4 << 20

	// unheardMost is how many resumes in a row may end without an answer.
	unheardMost = 3
)

// frame is a message of the gateway.
type frame struct {
	Op   int             `json:"op"`
	Data json.RawMessage `json:"d"`
	Seq  int64           `json:"s"`
	Type string          `json:"t"`
}

// session is what of a session outlives its connections: by it the next one
// goes on, without another identify and with the events that were missed. It
// is used by one goroutine.
type session struct {
	id      string // "" = there is none that can be resumed
	seq     int64  // of the last event
	opened  string // where it was opened
	again   string // where Discord wants it to be resumed; "" = there too
	missed  int    // connections that did not come so far as to resume it
	unheard int    // resumes without an answer since the last with one
}

// address is where the session is resumed. Where that can't be reached, it is
// tried where it was opened, in turn.
func (s *session) address() string {
	if s.again != "" && s.missed%2 == 0 {
		return s.again
	}
	return s.opened
}

// ended takes note of what came of a connection: whether the session can be
// resumed. That Discord can't be reached says nothing of it.
func (s *session) ended(o outcome) {
	switch {
	case o.stood > 0:
		s.missed, s.unheard = 0, 0
	case o.resumed:
		s.unheard++
	default:
		s.missed++
	}
	end := (*ending)(nil)
	if errors.As(o.err, &end) && end.invalidates() || s.unheard >= unheardMost {
		*s = session{}
	}
}

// ending is what Discord said at the end of a connection.
type ending struct {
	code      int  // of a close frame
	op        int  // 7 or 9
	resumable bool // what op 9 says of the session
}

func (e *ending) Error() string {
	switch {
	case e.code != 0:
		return fmt.Sprintf("Discord closed the connection with code %d", e.code)
	case e.op == opReconnect:
		return "Discord asked to reconnect"
	}
	return "Discord called the session invalid"
}

// invalidates reports whether the session is over with the connection: not
// authenticated, or twice, a wrong number, timed out, or said so.
func (e *ending) invalidates() bool {
	return e.op == opInvalidSession && !e.resumable || slices.Contains([]int{4003, 4005, 4007, 4009}, e.code)
}

// connection is one connection of the gateway, from dialling to its end. All
// but its reading is done by one goroutine.
type connection struct {
	l          *Link
	conn       *websocket.Conn
	session    *session
	at         string
	handler    Handler
	arrived    chan arrival  // what was read, in order
	over       chan struct{} // closed when nothing more is wanted
	beat       *time.Ticker  // nil before hello
	every      time.Duration // between two heartbeats
	first      <-chan time.Time
	heard      bool // the last heartbeat was acknowledged
	identified bool // an identify was sent
	resumed    bool // instead of that
	ready      time.Time
}

// arrival is a frame that was read, or why there are no more.
type arrival struct {
	frame
	err error
}

// outcome is what came of a connection.
type outcome struct {
	stood      time.Duration // since READY; 0 = it did not come so far
	identified bool          // it cost an identify
	resumed    bool          // it went on with a session, or tried to
	err        error         // why it ended
}

// connect opens a connection, resumes the session or identifies for a new one,
// and hands its interactions to the handler until it ends.
func (l *Link) connect(ctx context.Context, at string, s *session, handler Handler) outcome {
	c := &connection{
		l: l, session: s, at: at, handler: handler, arrived: make(chan arrival), over: make(chan struct{}), heard: true,
	}
	var err error
	if c.conn, err = l.dial(ctx, at); err != nil {
		return outcome{err: err}
	}
	reading := make(chan struct{})
	go func() {
		defer close(reading)
		c.read()
	}()
	err = c.serve(ctx)
	if ctx.Err() != nil && !c.ready.IsZero() {
		c.leave() //nolint:contextcheck // a handler outlives the connection that it came by
	}
	close(c.over)
	_ = c.conn.Close()
	<-reading
	if c.beat != nil {
		c.beat.Stop()
	}
	o := outcome{identified: c.identified, resumed: c.resumed, err: err}
	if !c.ready.IsZero() {
		o.stood = max(l.c.Now().Sub(c.ready), 1)
	}
	return o
}

// leave ends the session in order: what is on its way is taken until Discord
// has heard of it.
func (c *connection) leave() {
	limit := time.NewTimer(closing)
	defer limit.Stop()
	err := c.write(func() error {
		return c.conn.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""))
	})
	for err == nil {
		select {
		case a := <-c.arrived:
			if err = a.err; err == nil && a.Op == opDispatch {
				err = c.event(a.frame)
			}
		case <-limit.C:
			return
		}
	}
}

// read reads frames until the connection ends.
func (c *connection) read() {
	c.conn.SetReadLimit(maxFrame)
	c.conn.SetCloseHandler(func(int, string) error { return nil }) // to say 1000 or 1001 would end the session
	for {
		var a arrival
		_, raw, err := c.conn.ReadMessage()
		if err == nil {
			err = json.Unmarshal(raw, &a.frame)
		}
		a.err = said(err)
		select {
		case c.arrived <- a:
		case <-c.over:
			return
		}
		if err != nil {
			return
		}
	}
}

// said makes a close frame what Discord said.
func said(err error) error {
	if end := (*websocket.CloseError)(nil); errors.As(err, &end) && end.Code != websocket.CloseAbnormalClosure {
		return &ending{code: end.Code}
	}
	if err != nil {
		return fmt.Errorf("the connection broke: %w", err)
	}
	return nil
}

// serve does what frames ask for until the connection ends, and returns why.
func (c *connection) serve(ctx context.Context) error {
	times := c.l.c.Times
	open, quiet := time.NewTimer(min(times.Hello, times.Open)), time.NewTimer(times.Silence)
	defer open.Stop()
	defer quiet.Stop()
	for {
		var beat <-chan time.Time
		if c.beat != nil {
			beat = c.beat.C
		}
		var err error
		select {
		case a := <-c.arrived:
			if a.err != nil {
				return a.err
			}
			quiet.Reset(times.Silence)
			err = c.take(a.frame) //nolint:contextcheck // a handler outlives the connection that it came by
			if a.Op == opHello {
				open.Reset(times.Open)
			}
		case <-c.first:
			err = c.beatNow()
		case <-beat:
			if !c.heard {
				return errors.New("a heartbeat was not acknowledged")
			}
			err = c.heartbeat()
		case <-open.C:
			if c.ready.IsZero() {
				return errors.New("no READY in time")
			}
		case <-quiet.C:
			return fmt.Errorf("no sign of life for %s", times.Silence)
		case <-ctx.Done():
			return ctx.Err()
		}
		if err != nil {
			return err
		}
	}
}

// take does what a frame asks for. An error of it ends the connection.
func (c *connection) take(f frame) error {
	switch f.Op {
	case opHello:
		return c.hello(f.Data)
	case opHeartbeat:
		return c.beatNow()
	case opAcknowledge:
		c.heard = true
	case opReconnect:
		return &ending{op: opReconnect}
	case opInvalidSession:
		end := &ending{op: opInvalidSession}
		_ = json.Unmarshal(f.Data, &end.resumable) // anything else is a no
		return end
	case opDispatch:
		c.session.seq = max(c.session.seq, f.Seq)
		return c.event(f)
	}
	return nil
}

// hello answers the greeting: it resumes the session where there is one.
func (c *connection) hello(data json.RawMessage) error {
	var h struct {
		Interval int64 `json:"heartbeat_interval"` // milliseconds
	}
	if err := json.Unmarshal(data, &h); err != nil || h.Interval <= 0 || c.beat != nil {
		return errors.New("the greeting of the gateway can't be read")
	}
	every := time.Duration(min(h.Interval, 10*60*1000)) * time.Millisecond
	c.every, c.beat, c.first = every, time.NewTicker(every), time.After(rand.N(every))
	if c.session.id != "" {
		c.resumed = true
		return c.send(opResume, map[string]any{"token": c.l.c.Token, "session_id": c.session.id, "seq": c.session.seq})
	}
	c.identified = true
	c.l.identified = c.l.c.Now()
	return c.send(opIdentify, map[string]any{
		"token": c.l.c.Token, "intents": 0,
		"properties": map[string]string{"os": runtime.GOOS, "browser": "didops", "device": "didops"},
	})
}

// event takes what Discord tells of.
func (c *connection) event(f frame) error {
	switch f.Type {
	case "READY":
		var r struct {
			Session string `json:"session_id"`
			Again   string `json:"resume_gateway_url"`
		}
		if err := json.Unmarshal(f.Data, &r); err != nil {
			return errors.New("READY can't be read")
		}
		*c.session = session{id: r.Session, seq: f.Seq, opened: c.at}
		if c.l.c.RESTURL == discordURL {
			c.session.again = r.Again // a proxy's gateway is the only one
		}
		c.begun("discord: connected")
	case "RESUMED":
		c.begun("discord: connected again, and nothing was missed")
	case "INTERACTION_CREATE":
		go c.l.take(f.Data, c.handler)
	}
	return nil
}

// begun notes that interactions reach this process.
func (c *connection) begun(word string) {
	c.ready = c.l.c.Now()
	c.l.state.connected()
	c.l.c.Log.Info().Msg(word)
}

// beatNow sends a heartbeat out of turn. The next is due a whole interval later,
// so that there is time to acknowledge this one.
func (c *connection) beatNow() error {
	if c.beat != nil {
		c.beat.Reset(c.every)
	}
	return c.heartbeat()
}

func (c *connection) heartbeat() error {
	c.heard = false
	var last any // null before the first event
	if c.session.seq > 0 {
		last = c.session.seq
	}
	return c.send(opHeartbeat, last)
}

func (c *connection) send(op int, data any) error {
	return c.write(func() error { return c.conn.WriteJSON(map[string]any{"op": op, "d": data}) })
}

// write writes a frame, or ends the connection where that takes too long.
func (c *connection) write(do func() error) error {
	limit := time.AfterFunc(writeWithin, func() { _ = c.conn.Close() })
	defer limit.Stop()
	if err := do(); err != nil {
		return fmt.Errorf("the connection broke: %w", err)
	}
	return nil
}
