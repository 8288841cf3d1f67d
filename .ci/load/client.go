package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// answerWithin bounds one request.
const answerWithin = 30 * time.Second

// client is one MCP client with a connection of its own. It writes HTTP/1.1
// itself, so that the processors are left to the servers.
type client struct {
	scenario
	token   string
	session string // "" = none
	address string
	conn    net.Conn
	reader  *bufio.Reader

	id      int // of the last call
	out     []byte
	message []byte
	in      bytes.Buffer
}

// dial connects to a server.
func (c *client) dial(ctx context.Context, address string) error {
	conn, err := (&net.Dialer{Timeout: answerWithin}).DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	c.address, c.conn, c.reader = address, conn, bufio.NewReader(conn)
	return nil
}

// close ends the connection.
func (c *client) close() {
	if c.conn != nil {
		_ = c.conn.Close()
	}
}

// open opens the client's session at a server and, if its calls go to another,
// connects to that.
func (c *client) open(ctx context.Context, at, calls string) error {
	if c.era == stateless {
		return c.dial(ctx, calls)
	}
	if err := c.dial(ctx, at); err != nil {
		return err
	}
	header, err := c.post([]byte(initialize), http.StatusOK)
	if err != nil {
		return err
	}
	if c.session = header.Get("Mcp-Session-Id"); c.session == "" {
		return fmt.Errorf("no session was opened: %.300q", c.in.Bytes())
	}
	if _, err = c.post([]byte(initialized), http.StatusAccepted); err != nil || at == calls {
		return err
	}
	c.close()
	return c.dial(ctx, calls)
}

// search calls did_search. The answer is good until the next call.
func (c *client) search(args string) (answer []byte, err error) {
	c.id++
	c.message = c.era.appendCall(c.message[:0], c.id, args)
	_, err = c.post(c.message, http.StatusOK)
	return c.in.Bytes(), err
}

// post sends a message and reads the answer.
func (c *client) post(message []byte, want int) (http.Header, error) {
	c.out = fmt.Appendf(c.out[:0], "POST %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\n"+
		"Accept: application/json, text/event-stream\r\nContent-Length: %d\r\n", c.era.path(c.kind), c.address, c.token, len(message))
	switch {
	case c.era == stateless:
		c.out = append(c.out, "Mcp-Protocol-Version: "+statelessVersion+"\r\nMcp-Method: tools/call\r\nMcp-Name: did_search\r\n"...)
	case c.session != "":
		c.out = append(c.out, "Mcp-Protocol-Version: "+handshakeVersion+"\r\nMcp-Session-Id: "...)
		c.out = append(append(c.out, c.session...), "\r\n"...)
	}
	c.out = append(append(c.out, "\r\n"...), message...)
	if err := c.conn.SetDeadline(now().Add(answerWithin)); err != nil {
		return nil, err
	}
	if _, err := c.conn.Write(c.out); err != nil {
		return nil, err
	}
	resp, err := http.ReadResponse(c.reader, nil)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	c.in.Reset()
	if _, err := io.Copy(&c.in, resp.Body); err != nil {
		return nil, err
	}
	if resp.StatusCode != want {
		return nil, fmt.Errorf("status %d: %.300q", resp.StatusCode, c.in.Bytes())
	}
	return resp.Header, nil
}
