//go:build tools

// Package tools pins the cluster's name server; it is never compiled itself.
package tools

import (
	_ "github.com/coredns/coredns"
)
