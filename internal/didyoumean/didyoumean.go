// Package didyoumean finds the known words that a misspelt one probably meant.
package didyoumean

import (
	"slices"
	"strings"
)

// Words returns up to three of the candidates that are within two edits
// (insertion, deletion, substitution, swap of neighbours) of word, case
// ignored, closest first and, of equally close ones, those of the same letters
// first: UAE before USA for UEA. Short words allow fewer edits: one below five
// letters, none below three.
func Words(word string, candidates []string) []string {
	type hit struct {
		word string
		rank int
	}
	most := 2
	switch n := len([]rune(word)); {
	case n < 3:
		most = 0
	case n < 5:
		most = 1
	}
	low := strings.ToLower(word)
	var hits []hit
	for _, c := range candidates {
		other := strings.ToLower(c)
		if d := distance(low, other); d <= most {
			rank := 2 * d
			if letters(low) != letters(other) {
				rank++
			}
			hits = append(hits, hit{c, rank})
		}
	}
	slices.SortStableFunc(hits, func(a, b hit) int { return a.rank - b.rank })
	var out []string
	for _, h := range hits {
		if len(out) == 3 {
			break
		}
		if !slices.Contains(out, h.word) {
			out = append(out, h.word)
		}
	}
	return out
}

// letters returns the characters of s in order.
func letters(s string) string {
	sorted := []rune(s)
	slices.Sort(sorted)
	return string(sorted)
}

// distance is the optimal string alignment distance of a and b.
func distance(a, b string) int {
	s, t := []rune(a), []rune(b)
	if len(s) > 64 || len(t) > 64 {
		return 64
	}
	before, prev, cur := make([]int, len(t)+1), make([]int, len(t)+1), make([]int, len(t)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(s); i++ {
		cur[0] = i
		for j := 1; j <= len(t); j++ {
			cost := 1
			if s[i-1] == t[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && s[i-1] == t[j-2] && s[i-2] == t[j-1] {
				cur[j] = min(cur[j], before[j-2]+1)
			}
		}
		before, prev, cur = prev, cur, before
	}
	return prev[len(t)]
}
