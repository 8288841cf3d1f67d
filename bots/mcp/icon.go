package mcp

import (
	"encoding/base64"

	"github.com/mark3labs/mcp-go/mcp"
)

// iconsOf is the picture of an address or a prompt, drawn in lines of one
// middling grey, which is seen on light and dark. It is part of the listing, so
// that no client has to fetch it. Tools have none: their list goes over the wire
// more often than all others, and a picture each would be a third of it.
func iconsOf(drawing string) []mcp.Icon {
	if drawing == "" {
		return nil
	}
	svg := `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path fill="none" stroke="#789" d="` + drawing + `"/></svg>`
	return []mcp.Icon{{Src: "data:image/svg+xml;base64," + base64.StdEncoding.EncodeToString([]byte(svg)), MIMEType: "image/svg+xml", Sizes: []string{"any"}}}
}
