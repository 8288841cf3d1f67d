package deadline

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
)

// began notes that something came back.
func (w *watch) began() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.heard = true
}

// named marks the error of a request without an answer with [ErrUnexpected], if
// something came back and that is what is wrong. It may have ended too soon.
func (w *watch) named(err error) error {
	w.mu.Lock()
	heard := w.heard
	w.mu.Unlock()
	if heard && errors.Is(err, io.ErrUnexpectedEOF) || garbled(err, heard) {
		return fmt.Errorf("%w: %w", ErrUnexpected, err)
	}
	return err
}

// misread is named of a body, which began well: one that ends too soon is cut.
func misread(err error) error {
	if garbled(err, true) {
		return fmt.Errorf("%w: %w", ErrUnexpected, err)
	}
	return err
}

// garbled reports whether an error means that bytes came which can't be read.
// net/http has no type for most of these; so they are what is left once the
// connection has brought something and did not fail itself. A proxy may answer
// so before there is a connection.
func garbled(err error, heard bool) bool {
	var record tls.RecordHeaderError
	var network net.Error
	switch {
	case errors.Is(err, ErrUnexpected), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return false
	case errors.As(err, &record), strings.HasPrefix(err.Error(), "malformed HTTP "):
		return true
	case errors.As(err, &network), errors.Is(err, net.ErrClosed), errors.Is(err, context.Canceled), errors.Is(err, http.ErrBodyReadAfterClose):
		return false
	}
	return heard
}
