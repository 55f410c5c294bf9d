//go:build tools

// Package tools pins the cluster's store; it is never compiled itself.
package tools

import (
	_ "go.etcd.io/etcd/server/v3"
)
