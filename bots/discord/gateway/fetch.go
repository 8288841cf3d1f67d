package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"

	"github.com/bwmarrin/discordgo"
)

// Upload is a file that a member put into a form.
type Upload struct {
	Name string `json:"filename"` // the member's words
	Size int    `json:"size"`     // bytes, as Discord says
	URL  string `json:"url"`
}

// fileUpload is the type of a component by which files are put into a form.
const fileUpload = discordgo.ComponentType(19)

// Fetch returns a file that was put into a form, at the longest so many bytes.
// It goes to where Discord keeps files and nowhere else, follows no redirection,
// and the bot's token stays here. ErrInvalid means another place or a longer
// file, ErrGone that it is not there any more.
func (l *Link) Fetch(ctx context.Context, file Upload, most int) ([]byte, error) {
	const what = "fetch the file"
	u, err := url.Parse(file.URL)
	if err != nil || !l.keepsFiles(u) {
		return nil, fmt.Errorf("%s: %w: it is kept at no place of Discord's", what, ErrInvalid)
	}
	ctx, cancel := context.WithTimeout(ctx, l.c.Times.Attempt)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, file.URL, nil)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: its address can't be formed", what, ErrInvalid)
	}
	req.Header.Set("User-Agent", userAgent)
	resp, err := l.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %w", what, ErrUnavailable, bare(err))
	}
	defer func() { _ = resp.Body.Close() }()
	switch {
	case resp.StatusCode == http.StatusNotFound || resp.StatusCode == http.StatusForbidden || resp.StatusCode == http.StatusGone:
		return nil, fmt.Errorf("%s: %w: status %d", what, ErrGone, resp.StatusCode)
	case resp.StatusCode != http.StatusOK: // a redirection, too
		return nil, fmt.Errorf("%s: %w: status %d", what, ErrUnavailable, resp.StatusCode)
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, int64(most)+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w: %w", what, ErrUnavailable, bare(err))
	case len(data) > most:
		return nil, fmt.Errorf("%s: %w: it has more than %d bytes", what, ErrInvalid, most)
	}
	return data, nil
}

// keepsFiles reports whether Discord keeps files there: its two hosts, and,
// where REST calls go to this machine, what answers them.
func (l *Link) keepsFiles(u *url.URL) bool {
	if u.User != nil {
		return false
	}
	if u.Scheme == "https" && slices.Contains([]string{"cdn.discordapp.com", "media.discordapp.net"}, u.Host) {
		return true
	}
	base, err := url.Parse(l.base)
	return err == nil && loopback(base.Hostname()) && u.Scheme == base.Scheme && u.Host == base.Host
}

// uploaded makes of a component with files one that discordgo can read: a text
// whose value has the files, as [Uploads] reads them. Others stay as they are.
func uploaded(c component, files map[string]Upload) component {
	var typ discordgo.ComponentType
	var ids []string
	if json.Unmarshal(c["type"], &typ) != nil || typ != fileUpload {
		return c
	}
	_ = json.Unmarshal(c["values"], &ids) // none
	list := []Upload{}
	for _, id := range ids {
		if f, ok := files[id]; ok {
			list = append(list, f)
		}
	}
	return component{"type": write(discordgo.TextInputComponent), "custom_id": c["custom_id"], "value": write(string(write(list)))}
}

// Uploads returns the files that the value of an input has, which are none
// where it is of another kind.
func Uploads(value string) []Upload {
	var list []Upload
	_ = json.Unmarshal([]byte(value), &list) // another kind
	return list
}
