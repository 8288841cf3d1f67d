package store_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"didops/internal/audit"
	"didops/internal/fault"
	"didops/internal/order"
	"didops/internal/store"
	"didops/internal/testing/pgtest"
)

// password is one that nobody may read.
const password = "tr0ub4dor"

// as returns the url of a database for another user.
func as(t *testing.T, place, user string) string {
	t.Helper()
	u, err := url.Parse(place)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword(user, password)
	return u.String()
}

// silent is an address at which nobody speaks PostgreSQL. What comes first is
// answered by what is given, "" for nothing at all.
func silent(t *testing.T, answer string) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = c.Close() }()
				if _, err := c.Read(make([]byte, 100)); err == nil && answer != "" {
					_, _ = c.Write([]byte(answer))
				}
				_, _ = c.Read(make([]byte, 1)) // until it is given up
			}()
		}
	}()
	return l.Addr().String()
}

// closed is an address at which nobody listens.
func closed(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// TestAnUnusableDatabaseSaysSo wants of every fault that it names the database
// and what to do, and not the password.
func TestAnUnusableDatabaseSaysSo(t *testing.T) {
	t.Parallel()
	tcp := func(address, more string) string {
		return "postgres://didops:" + password + "@" + address + "/numbers?" + more
	}
	for _, c := range []struct {
		name  string
		place func(t *testing.T) string
		words string
		reads bool // only writing fails
	}{
		{"wrong password", func(t *testing.T) string {
			t.Helper()
			s := pgtest.Start(t)
			place := s.Database(t)
			alter(t, place, `CREATE ROLE guarded LOGIN PASSWORD 'another'`)
			alter(t, place, `DO $$ BEGIN EXECUTE format('COPY (VALUES (''local all guarded scram-sha-256''), (''local all all trust'')) TO %L', current_setting('hba_file')); END $$`)
			alter(t, place, `SELECT pg_reload_conf()`)
			return as(t, place, "guarded")
		}, "does not let the user guarded in", false},
		{"no database", func(t *testing.T) string {
			t.Helper()
			place := pgtest.Database(t)
			u, _ := url.Parse(place)
			u.Path = "/numbers"
			return as(t, u.String(), "postgres")
		}, "does not exist", false},
		{"no rights", func(t *testing.T) string {
			t.Helper()
			place := pgtest.Database(t)
			alter(t, place, `CREATE ROLE guest LOGIN`)
			return as(t, place, "guest")
		}, "denies the user guest", true},
		{"read only", func(t *testing.T) string {
			t.Helper()
			place := pgtest.Database(t)
			trail(t, at(t, place), "first")
			alter(t, place, `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database()); END $$`)
			return place
		}, "read only", true},
		{"of another program", func(t *testing.T) string {
			t.Helper()
			place := pgtest.Database(t)
			alter(t, place, `CREATE TABLE orders (id INTEGER)`)
			return place
		}, "another program", true},
		{"newer", func(t *testing.T) string {
			t.Helper()
			place := pgtest.Database(t)
			trail(t, at(t, place), "first")
			alter(t, place, `INSERT INTO didops_versions (version_id, is_applied) VALUES (99, true)`)
			return place
		}, "newer didops", false},
		{"nobody there", func(t *testing.T) string { t.Helper(); return tcp(closed(t), "") }, "refuses connections", false},
		{"no TLS", func(t *testing.T) string { t.Helper(); return tcp(silent(t, "N"), "sslmode=require") }, "does not speak TLS", false},
		{"no answer", func(t *testing.T) string { t.Helper(); return tcp(silent(t, ""), "connect_timeout=1") }, "can't be reached", false},
		{"not PostgreSQL", func(t *testing.T) string { t.Helper(); return tcp(silent(t, "HTTP/1.1 400"), "sslmode=disable") }, "can't be reached", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			place := c.place(t)
			s := with(t, store.Config{URL: place, Now: time.Now})
			never := func(order.Tx) error {
				t.Error("got a transaction, want none")
				return nil
			}
			found := map[string]error{"write": s.Orders().Write(t.Context(), never)}
			if !c.reads {
				_, found["check"] = s.Check(t.Context())
				_, found["head"] = s.Audit().Head(t.Context())
				found["read"] = s.Orders().Read(t.Context(), never)
			}
			u, _ := url.Parse(place)
			for what, err := range found {
				f, ok := fault.As(err)
				if !ok || f.Code != fault.Unavailable || !strings.Contains(f.Message, c.words) || !strings.Contains(f.Message, u.Path[1:]) || f.Hint == "" {
					t.Errorf("%s: got %v, want %q, the database and a hint", what, err, c.words)
				}
				if strings.Contains(fmt.Sprintf("%v %+v", err, f), password) {
					t.Errorf("%s: got the password in %v", what, err)
				}
			}
		})
	}
}

func TestAURLThatCantBeReadIsNotRepeated(t *testing.T) {
	t.Parallel()
	for place, words := range map[string]string{
		"postgres://didops:" + password + "@host:port/numbers":                                     "can't be read",
		"postgres://didops:" + password + "%@host/numbers":                                         "can't be read",
		"postgres://didops:" + password + "@host/numbers?sslmode=perhaps":                          "sslmode",
		"postgres://didops:" + password + "@host/numbers?sslmode=verify-ca&sslrootcert=/no/ca.pem": "/no/ca.pem",
	} {
		_, err := store.Open(store.Config{URL: place, Now: time.Now})
		f, ok := fault.As(err)
		if !ok || f.Code != fault.Invalid || f.Field != "store.url" || !strings.Contains(f.Message, words) || strings.Contains(err.Error(), password) {
			t.Errorf("got %v, want %q, and no password", err, words)
		}
	}
}

func TestAClockThatIsOffWritesNothing(t *testing.T) {
	t.Parallel()
	place := pgtest.Database(t)
	for off, words := range map[time.Duration]string{-time.Minute: "1m0s behind", 0: "", 3 * time.Second: "", time.Minute: "1m0s ahead of"} {
		s := with(t, store.Config{URL: place, Now: func() time.Time { return time.Now().Add(off) }})
		_, check := s.Check(t.Context())
		write := s.Orders().Write(t.Context(), func(order.Tx) error { return nil })
		for what, err := range map[string]error{"check": check, "write": write} {
			if words == "" && err != nil || words != "" && (fault.CodeOf(err) != fault.Unavailable || !strings.Contains(err.Error(), words)) {
				t.Errorf("%s with a clock that is %s off: got %v, want %q", what, off, err, words)
			}
		}
		if _, err := s.Audit().Head(t.Context()); err != nil {
			t.Errorf("read with a clock that is %s off: %v", off, err)
		}
	}
}

// TestAFrozenProcessBlocksNobody stops one before its commit. The server ends
// its transaction, and nothing of it is kept.
func TestAFrozenProcessBlocksNobody(t *testing.T) {
	t.Parallel()
	place := pgtest.Database(t)
	other := at(t, place)
	trail(t, other, "first")
	c := in(place)
	c.Hook = func(point string) {
		if point == store.BeforeCommit {
			trail(t, other, "second") // waits for its turn, and gets it
		}
	}
	frozen := with(t, c)
	err := frozen.Orders().Write(t.Context(), func(tx order.Tx) error {
		_, _, err := tx.Append(audit.Entry{Event: "of the frozen one"})
		return err
	})
	if fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("got %v, want %s", err, fault.Unavailable)
	}
	if head, err := other.Audit().Head(t.Context()); head != 2 || err != nil {
		t.Errorf("head: got %d, %v, want 2", head, err)
	}
	checkTrail(t, other)
	c.Hook = nil
	trail(t, with(t, c), "third")
}

// TestACommitWithoutAnAnswerIsAskedFor cuts the connection when a commit is on
// its way, or has come back.
func TestACommitWithoutAnAnswerIsAskedFor(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		cut  cut
		code fault.Code // "" = it counts
		head int64
	}{
		{"lost on the way", cut{}, fault.Unavailable, 1},
		{"answer lost", cut{arrives: true}, "", 2},
		{"lost for good", cut{forGood: true}, fault.UnknownOutcome, 1},
		{"answer lost for good", cut{arrives: true, forGood: true}, fault.UnknownOutcome, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			place := pgtest.Database(t)
			direct := at(t, place)
			trail(t, direct, "first")
			line := newLine(t, place)
			s := at(t, line.place)
			store.AskWithin(s, 10*time.Second)
			if c.cut.forGood {
				store.AskWithin(s, 100*time.Millisecond)
			}
			if _, err := s.Audit().Head(t.Context()); err != nil {
				t.Fatal(err)
			}
			line.cuts(c.cut)
			err := s.Orders().Write(t.Context(), func(tx order.Tx) error {
				_, _, err := tx.Append(audit.Entry{Event: "second"})
				return err
			})
			if err == nil != (c.code == "") || err != nil && fault.CodeOf(err) != c.code {
				t.Errorf("got %v, want %q", err, c.code)
			}
			if head, err := direct.Audit().Head(t.Context()); head != c.head || err != nil {
				t.Errorf("head: got %d, %v, want %d", head, err, c.head)
			}
			line.cuts(cut{never: true})
			trail(t, s, "next")
			checkTrail(t, direct)
		})
	}
}

func TestAServerThatStartsAgainIsMetAgain(t *testing.T) {
	t.Parallel()
	server := pgtest.Start(t)
	s := at(t, server.Database(t))
	trail(t, s, "first")
	server.Kill()
	if err := s.Orders().Write(t.Context(), func(order.Tx) error { return nil }); fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("without the server: got %v, want %s", err, fault.Unavailable)
	}
	if _, err := s.Audit().Head(t.Context()); fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("without the server: got %v, want %s", err, fault.Unavailable)
	}
	if err := server.Restart(); err != nil {
		t.Fatal(err)
	}
	trail(t, s, "second")
	if head, err := s.Audit().Head(t.Context()); head != 2 || err != nil {
		t.Errorf("head: got %d, %v, want 2", head, err)
	}
}

func TestTablesThatGoAwayAreNoticed(t *testing.T) {
	t.Parallel()
	place := pgtest.Database(t)
	s := at(t, place)
	trail(t, s, "first")
	alter(t, place, `DROP SCHEMA public CASCADE`)
	alter(t, place, `CREATE SCHEMA public`)
	if _, err := s.Audit().Head(t.Context()); fault.CodeOf(err) != fault.Unavailable || !strings.Contains(err.Error(), "lost its tables") {
		t.Errorf("got %v, want its tables lost", err)
	}
	isGone(t, s, "is gone")
	trail(t, at(t, place), "new first") // another process
	isGone(t, s, "is another")
}

// TestADatabaseMadeAnewIsNotWritten holds that a database which was made anew
// under the connections of a process is not taken for the one that it was.
func TestADatabaseMadeAnewIsNotWritten(t *testing.T) {
	t.Parallel()
	place := pgtest.Database(t)
	s := at(t, place)
	trail(t, s, "first")
	alter(t, place, `DROP SCHEMA public CASCADE`)
	alter(t, place, `CREATE SCHEMA public`)
	trail(t, at(t, place), "new first")
	err := s.Orders().Write(t.Context(), func(order.Tx) error {
		t.Error("got a transaction, want none")
		return nil
	})
	if fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("got %v, want %s", err, fault.Unavailable)
	}
	isGone(t, s, "is another")
}

// TestWhoListensIsTold counts what a listener hears of another process.
func TestWhoListensIsTold(t *testing.T) {
	t.Parallel()
	place := pgtest.Database(t)
	s, other := at(t, place), at(t, place)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	heard, ended := make(chan audit.News), make(chan error)
	listen := func(ctx context.Context) {
		ended <- s.Audit().(audit.Listener).Listen(ctx, func(n audit.News) { heard <- n })
	}
	go listen(ctx)
	equal(t, "that it listens", <-heard, audit.News{})
	for seq := int64(1); seq < 6; seq += 2 {
		write(t, other.Audit(), func(tx audit.Tx) error {
			for _, e := range []audit.Entry{{At: morning(), Event: "one", Order: "o-1", Result: `"order":"o-2"`}, {At: morning(), Event: "two"}} {
				if _, _, err := tx.Append(e); err != nil {
					return err
				}
			}
			return nil
		})
		equal(t, "the first", <-heard, audit.News{Seq: seq, Order: "o-1"})
		equal(t, "the second", <-heard, audit.News{Seq: seq + 1})
	}
	alter(t, place, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'LISTEN didops' AND datname = current_database()`)
	if err := <-ended; fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("cut off: got %v, want %s", err, fault.Unavailable)
	}
	go listen(ctx)
	<-heard
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	if err := fresh(t).Audit().(audit.Listener).Listen(t.Context(), nil); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("a file: got %v, want %v", err, errors.ErrUnsupported)
	}
}

func TestCheckOfADatabase(t *testing.T) {
	t.Parallel()
	place := pgtest.Database(t)
	s := at(t, place)
	for range 2 {
		report, err := s.Check(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var findings []string
		for _, d := range report.Doubts {
			findings = append(findings, d.Finding)
		}
		said := strings.Join(findings, "; ")
		if !strings.Contains(report.Place, "PostgreSQL") || !strings.Contains(said, "fsync = off") || strings.Contains(said, "encrypted") {
			t.Errorf("got %+v, want PostgreSQL with fsync = off", report)
		}
		if head, err := s.Audit().Head(t.Context()); head != 0 || err != nil {
			t.Errorf("a check made something: head %d, %v", head, err)
		}
		write(t, s.Orders(), func(order.Tx) error { return nil })
	}
}

// TestEveryQueryHasAnIndexOnPostgres asks the planner, who may read a whole
// table only where nothing else leads to the rows.
func TestEveryQueryHasAnIndexOnPostgres(t *testing.T) {
	t.Parallel()
	place := pgtest.Database(t)
	trail(t, at(t, place), "first")
	conn, err := raw(t, place).Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := conn.ExecContext(t.Context(), `SET enable_seqscan = off; SET enable_bitmapscan = off; SET plan_cache_mode = force_generic_plan`); err != nil {
		t.Fatal(err)
	}
	for n, query := range store.Searches() {
		args := 0
		for strings.Contains(query, fmt.Sprint("$", args+1)) {
			args++
		}
		name := fmt.Sprint("q", n)
		call := name
		if args > 0 {
			call += "(" + strings.TrimSuffix(strings.Repeat("NULL,", args), ",") + ")"
		}
		if _, err := conn.ExecContext(t.Context(), "PREPARE "+name+" AS "+query); err != nil {
			t.Errorf("%s: %v", query, err)
			continue
		}
		rows, err := conn.QueryContext(t.Context(), "EXPLAIN EXECUTE "+call)
		if err != nil {
			t.Errorf("%s: %v", query, err)
			continue
		}
		var plan []string
		for rows.Next() {
			var line string
			if err := rows.Scan(&line); err != nil {
				t.Error(err)
			}
			plan = append(plan, line)
		}
		if text := strings.Join(plan, "\n"); rows.Err() != nil || strings.Contains(text, "Seq Scan") {
			t.Errorf("%s: got %v\n%s\nwant rows found by an index", query, rows.Err(), text)
		}
		_ = rows.Close()
	}
}

// cut is what happens to the next commit on a line.
type cut struct {
	never   bool
	arrives bool // the server hears of it
	forGood bool // nobody gets through afterwards
}

// line is a way to a server that can be cut.
type line struct {
	place string
	next  chan cut
}

// newLine returns a line to the server of a database, on which nothing is cut.
func newLine(t *testing.T, place string) *line {
	t.Helper()
	u, err := url.Parse(place)
	if err != nil {
		t.Fatal(err)
	}
	query := u.Query()
	server := filepath.Join(query.Get("host"), ".s.PGSQL.5432")
	dir, err := os.MkdirTemp("", "line") //nolint:usetesting // the path of a socket may not be long
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", filepath.Join(dir, ".s.PGSQL.5432"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	query.Set("host", dir)
	u.RawQuery = query.Encode()
	line := &line{place: u.String(), next: make(chan cut, 1)}
	line.next <- cut{never: true}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go line.carry(c, server)
		}
	}()
	return line
}

func (l *line) cuts(c cut) {
	<-l.next
	l.next <- c
}

// plan returns what is cut at the moment.
func (l *line) plan() cut {
	c := <-l.next
	l.next <- c
	return c
}

// commits is a commit by itself, or one that follows what was left to be said, as the
// driver names it.
var commits = regexp.MustCompile(fmt.Sprintf(`Q\x00\x00\x00\x0bcommit\x00|B(?s:.{4})\x00stmtcache_%x\x00`, prefix(sha256.Sum256([]byte("COMMIT")))))

func prefix(sum [sha256.Size]byte) []byte { return sum[:24] }

// carry carries one connection. A commit meets its cut; those after it do not,
// unless nobody gets through any more.
func (l *line) carry(client net.Conn, address string) {
	defer func() { _ = client.Close() }()
	if c := l.plan(); c.forGood && c.never {
		return
	}
	server, err := (&net.Dialer{}).Dial("unix", address)
	if err != nil {
		return
	}
	defer func() { _ = server.Close() }()
	back := make(chan struct{})
	cutting := make(chan chan struct{}, 1)
	go func() {
		defer close(back)
		buffer := make([]byte, 1<<16)
		for {
			n, err := server.Read(buffer)
			if err != nil {
				_ = client.Close()
				return
			}
			select {
			case answered := <-cutting:
				close(answered)
				return
			default:
			}
			if _, err := client.Write(buffer[:n]); err != nil {
				return
			}
		}
	}()
	buffer := make([]byte, 1<<16)
	for {
		n, err := client.Read(buffer)
		if err != nil {
			break
		}
		plan := l.plan()
		if plan.never && plan.forGood {
			break
		}
		if !plan.never && commits.Match(buffer[:n]) {
			l.cuts(cut{never: true, forGood: plan.forGood})
			if plan.arrives {
				answered := make(chan struct{})
				cutting <- answered
				_, _ = server.Write(buffer[:n])
				<-answered
			}
			break
		}
		if _, err := server.Write(buffer[:n]); err != nil {
			break
		}
	}
	_ = server.Close()
	_ = client.Close()
	<-back
}
