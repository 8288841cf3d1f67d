package fakediscord

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// frame is a message of the gateway.
type frame struct {
	Op   int    `json:"op"`
	Data any    `json:"d"`
	Seq  *int   `json:"s,omitempty"`
	Type string `json:"t,omitempty"`
}

// session is a connection of the gateway.
type session struct {
	f      *Fake
	conn   *websocket.Conn
	script Script
	ready  bool          // under the Fake's lock
	done   chan struct{} // closed when the connection is over

	mu sync.Mutex // of writing
	of *lasting   // nil: it has not identified
}

// lasting is what of a session outlives its connections: it can be resumed.
type lasting struct {
	id   string
	lean bool // what was sent is not kept

	mu   sync.Mutex
	last int     // number of the last event
	sent []frame // the last ones
}

// number gives an event its number, and keeps it.
func (l *lasting) number(m frame) frame {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last++
	seq := l.last
	m.Seq = &seq
	if !l.lean {
		l.sent = append(l.sent, m)
	}
	return m
}

// after returns the events after the one numbered, for a number that was given.
func (l *lasting) after(seq int) ([]frame, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	missed := l.last - seq
	if missed < 0 || missed > len(l.sent) {
		return nil, false
	}
	return slices.Clone(l.sent[len(l.sent)-missed:]), true
}

// connect takes a connection and serves it until it is over.
func (f *Fake) connect(w http.ResponseWriter, r *http.Request) {
	upgrader := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	s := &session{f: f, conn: conn, done: make(chan struct{})}
	conn.SetCloseHandler(s.left)
	f.mu.Lock()
	s.script = f.script
	f.sessions[s] = struct{}{}
	f.touch()
	f.mu.Unlock()
	defer func() {
		close(s.done)
		f.mu.Lock()
		delete(f.sessions, s)
		f.touch()
		f.mu.Unlock()
		_ = conn.Close()
	}()
	if !s.script.NoHello {
		interval := s.script.Heartbeat
		if interval == 0 {
			interval = 41250 * time.Millisecond
		}
		_ = s.send(frame{Op: opHello, Data: map[string]any{"heartbeat_interval": interval.Milliseconds()}})
	}
	s.listen()
}

func (s *session) listen() {
	for {
		var m struct {
			Op   int             `json:"op"`
			Data json.RawMessage `json:"d"`
		}
		if err := s.conn.ReadJSON(&m); err != nil {
			return
		}
		switch m.Op {
		case opHeartbeat:
			if !s.script.NoAck {
				_ = s.send(frame{Op: opAck})
			}
		case opIdentify:
			s.identify(m.Data)
		case opResume:
			s.resume(m.Data)
		}
	}
}

// left takes note that the bot closes the connection, before it is told that
// this was heard: nothing is sent afterwards.
func (s *session) left(code int, _ string) error {
	if code == websocket.CloseNormalClosure || code == websocket.CloseGoingAway {
		s.f.forget(s)
	}
	s.f.mu.Lock()
	s.ready = false
	s.f.touch()
	s.f.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = s.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, ""), s.f.now().Add(time.Second))
	return nil
}

// send sends a frame, and returns an error where that is too late.
func (s *session) send(m frame) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if m.Type != "" && m.Seq == nil {
		m = s.of.number(m)
	}
	return s.conn.WriteJSON(m)
}

func (s *session) close(code int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	deadline := s.f.now().Add(time.Second)
	_ = s.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, ""), deadline)
	_ = s.conn.UnderlyingConn().Close()
}

// identify answers an identify as the script says.
func (s *session) identify(data json.RawMessage) {
	var id struct {
		Token      string         `json:"token"`
		Intents    *int64         `json:"intents"`
		Properties map[string]any `json:"properties"`
	}
	err := json.Unmarshal(data, &id)
	f := s.f
	f.mu.Lock()
	f.identified++
	if early := identifyApart - f.now().Sub(f.identifiedAt); f.limits != nil && early > 0 {
		f.blame("an identify came %s too early", early)
	}
	f.identifiedAt = f.now()
	invalid := f.script.Invalid > 0
	if invalid {
		f.script.Invalid--
	}
	switch {
	case err != nil || id.Intents == nil || len(id.Properties) == 0:
		f.blame("an identify lacks intents or properties: %v", err)
	case *id.Intents != 0:
		f.blame("identify asks for the intents %d: interactions need none", *id.Intents)
	}
	again := s.ready
	f.touch()
	f.mu.Unlock()
	switch {
	case s.script.Refuse != 0:
		s.close(s.script.Refuse)
	case strings.TrimPrefix(id.Token, "Bot ") != f.Token:
		s.close(4004)
	case again:
		s.close(4005)
	case s.script.Reconnect:
		_ = s.send(frame{Op: opReconnect})
	case invalid:
		_ = s.send(frame{Op: opInvalidSession, Data: false})
	case s.script.Ready != nil:
		go func() {
			select {
			case <-s.script.Ready:
				s.welcome()
			case <-s.done:
			}
		}()
	case !s.script.NoReady:
		s.welcome()
	}
}

// resume goes on with a session that another connection had.
func (s *session) resume(data json.RawMessage) {
	var r struct {
		Token   string `json:"token"`
		Session string `json:"session_id"`
		Seq     int    `json:"seq"`
	}
	_ = json.Unmarshal(data, &r)
	f := s.f
	f.mu.Lock()
	f.resumed++
	of := f.lasting[r.Session]
	f.touch()
	f.mu.Unlock()
	var missed []frame
	ok := of != nil
	if ok {
		missed, ok = of.after(r.Seq)
	}
	switch {
	case strings.TrimPrefix(r.Token, "Bot ") != f.Token:
		s.close(4004)
	case s.script.NoReady:
	case !ok:
		_ = s.send(frame{Op: opInvalidSession, Data: false})
	default:
		s.of = of
		for _, m := range missed {
			_ = s.send(m)
		}
		_ = s.send(frame{Type: "RESUMED", Data: map[string]any{}})
		s.live()
	}
}

// welcome sends READY.
func (s *session) welcome() {
	f := s.f
	f.mu.Lock()
	s.of = &lasting{id: "session-" + f.nextID(), lean: f.lean}
	f.lasting[s.of.id] = s.of
	f.mu.Unlock()
	_ = s.send(frame{Type: "READY", Data: map[string]any{
		"v": 9, "session_id": s.of.id, "resume_gateway_url": "ws" + f.URL[len("http"):],
		"user":        map[string]any{"id": f.AppID, "username": "bot", "bot": true},
		"application": map[string]any{"id": f.AppID, "flags": 0},
		"guilds":      []any{map[string]any{"id": f.Guild, "unavailable": true}},
	}})
	s.live()
}

// live notes that the session takes events.
func (s *session) live() {
	f := s.f
	f.mu.Lock()
	defer f.mu.Unlock()
	s.ready = true
	f.ready++
	f.touch()
}
