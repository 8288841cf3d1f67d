package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"didops/internal/audit"
	"didops/internal/config"
	"didops/internal/fault"
	"didops/internal/proof"
)

// Bounds of what a witness asks another didops for.
const (
	witnessWithin = 30 * time.Second
	maxAnswer     = 1 << 20
)

func (a *app) witnessCommand() *cobra.Command {
	var url, key string
	cmd := &cobra.Command{
		Use:   "witness FILE",
		Short: "Keep the latest head of the trail in a file, if it continues the one there",
		Long: "Keep the latest signed head of the trail in a file, once it is proven to continue the one that is there. A trail that was " +
			"written anew, forked or put back from a backup is told, and the file stays as it is. Run it now and then where the owner of the " +
			"store can't write: with --url it needs no store, but only what didops serve answers under /log/.",
		Args: oneArgument("a file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.witness(cmd.Context(), args[0], url, strings.TrimSpace(key))
		},
	}
	cmd.Flags().StringVar(&url, "url", "", "Ask the didops at this `ADDRESS`, http://HOST:PORT, instead of the store")
	cmd.Flags().StringVar(&key, "key", "", keyUsage)
	return cmd
}

func (a *app) witness(ctx context.Context, path, url, key string) error {
	show := func(before int64) (proof.Shown, error) { return shownAt(ctx, url, before) }
	if url == "" {
		_, log, err := a.configuredLog()
		if err != nil {
			return err
		}
		log.Whole = true
		show = func(before int64) (proof.Shown, error) {
			_, shown, err := log.Show(ctx, before)
			return shown, err
		}
	}
	known, err := knownKeys(key)
	if err != nil {
		return err
	}
	before, now, err := proof.Witness{Path: path}.Update(func(noted proof.Noted) (proof.Shown, error) {
		shown, err := show(noted.Head.Size)
		if err != nil || key == "" {
			return shown, err
		}
		keys, err := proof.Lineage(shown.Key, shown.Changes)
		if err == nil {
			var head proof.Head
			if head, err = proof.OpenHead(shown.Note, shown.Key); err == nil {
				err = expect(known, keys, head.Size)
			}
		}
		if err != nil {
			err = fault.New(fault.Conflict, "the trail is NOT proven: %v", err).WithField("--key")
		}
		return shown, err
	})
	if errors.Is(err, proof.ErrForked) {
		err = fault.New(fault.Conflict, "the trail does NOT continue the head in %s: %s", path, reasonOf(err)).
			WithHint("keep that file: it is the proof of what was there before").WithCause(err)
	}
	if err != nil {
		return err
	}
	if a.flags.JSON {
		return a.writeJSON(map[string]any{"before": before.Head.Size, "size": now.Head.Size, "root": now.Head.Root.String(), "key": now.Key})
	}
	says := fmt.Sprintf("Noted: %s, root %s.", entries(int(now.Head.Size)), now.Head.Root)
	if before.Note != "" {
		says = fmt.Sprintf("The trail of %s continues the one of %d that was noted.", entries(int(now.Head.Size)), before.Head.Size)
	}
	_, err = fmt.Fprintln(a.Out, says+"\n"+witnessedWords(before, now, key))
	return err
}

// witnessedWords says what is known of the key that signed a head: it is held
// against the one that was given, if any, and against that of the head before.
func witnessedWords(before, now proof.Noted, key string) string {
	if key == "" && before.Note != "" {
		return "Signed by the key of the head that was noted, or by one that follows it: " + now.Key +
			"\nWhether that is the right key only its owner can tell: give the one that you know with --key."
	}
	return keyWords(now.Key, key != "")
}

// reasonOf is the last and innermost of what an error says.
func reasonOf(err error) string {
	text := err.Error()
	if _, after, ok := strings.Cut(text, proof.ErrForked.Error()+": "); ok {
		return after
	}
	return text
}

// logAnswer is what /log/consistency answers.
type logAnswer struct {
	Key     string       `json:"key"`
	Changes []string     `json:"changes"`
	Head    string       `json:"head"`
	Proof   []proof.Hash `json:"proof"`
}

// shownAt asks another didops what it shows to who noted a head.
func shownAt(ctx context.Context, url string, before int64) (proof.Shown, error) {
	ctx, cancel := context.WithTimeout(ctx, witnessWithin)
	defer cancel()
	address := strings.TrimSuffix(url, "/") + "/log/consistency?from=" + strconv.FormatInt(before, 10)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return proof.Shown{}, fault.New(fault.Invalid, "%s is no address of a didops", url).WithField("--url").WithCause(err)
	}
	away := fault.New(fault.Unavailable, "the log at %s can't be read", url).WithHint("It is served by didops serve with [http] listen, or admin_listen.")
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		return proof.Shown{}, away.WithCause(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return proof.Shown{}, away.WithCause(err)
	}
	if resp.StatusCode == http.StatusConflict {
		return proof.Shown{}, fmt.Errorf("%w: it says so itself", proof.ErrForked)
	}
	if resp.StatusCode == http.StatusNotFound {
		return proof.Shown{}, away.WithCause(errors.New("it has no entry yet, or serves no log"))
	}
	var l logAnswer
	if err := json.Unmarshal(text, &l); resp.StatusCode != http.StatusOK || err != nil {
		return proof.Shown{}, away.WithCause(errors.Join(err, fmt.Errorf("status %d", resp.StatusCode)))
	}
	return proof.Shown{Key: l.Key, Changes: l.Changes, Note: l.Head, Path: l.Proof}, nil
}

// addLog serves what others check the trail by, if heads are signed: its head, and
// proofs that it continues one of before, beside the metrics. Nothing in it tells of
// an order.
func (a *app) addLog(c *config.Config, mux *http.ServeMux) error {
	path, err := a.keyFile(c)
	if err != nil || path == "" || !showsMetrics(c) {
		return nil //nolint:nilerr // a store that can't be told is told where it is needed
	}
	shown := func(w http.ResponseWriter, r *http.Request) (s proof.Shown, ok bool) {
		var from int64
		if text := r.URL.Query().Get("from"); text != "" {
			var err error
			if from, err = strconv.ParseInt(text, 10, 64); err != nil || from < 0 {
				http.Error(w, "from is a number of entries", http.StatusBadRequest)
				return s, false
			}
		}
		log, err := a.trailLog(c)
		if err == nil {
			_, s, err = log.Show(r.Context(), from)
		}
		if err == nil {
			return s, true
		}
		if logger := a.log(); !errors.Is(err, audit.ErrNoKey) {
			logger.Warn().Err(err).Msg("the head of the audit trail was not served")
		}
		switch {
		case errors.Is(err, audit.ErrNoKey):
			http.Error(w, "the log has no entry yet", http.StatusNotFound)
		case errors.Is(err, proof.ErrForked):
			http.Error(w, "the log does not continue that head", http.StatusConflict)
		default:
			http.Error(w, "the log can't be read at the moment", http.StatusServiceUnavailable)
		}
		return s, false
	}
	mux.HandleFunc("GET /log/checkpoint", func(w http.ResponseWriter, r *http.Request) {
		if s, ok := shown(w, r); ok {
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			_, _ = io.WriteString(w, s.Note)
		}
	})
	mux.HandleFunc("GET /log/consistency", func(w http.ResponseWriter, r *http.Request) {
		if s, ok := shown(w, r); ok {
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(logAnswer{s.Key, append([]string{}, s.Changes...), s.Note, append([]proof.Hash{}, s.Path...)})
		}
	})
	return nil
}
