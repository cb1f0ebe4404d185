// The three functions of libstdc++'s red-black tree that the task-group part of the concurrency
// runtime calls (its header declares them, its archive is not linked). The node layout and the
// meaning of the header node are those of GCC's <bits/stl_tree.h>. Balancing is Cormen et al.,
// "Introduction to Algorithms", chapter 13.

#if defined(BAREMETAL) || defined(HOSTED)  // kernel, or static Linux process
#include <stdbool.h>

enum color { red, black };
struct node {
  enum color color;
  struct node *parent, *left, *right;
};

/// The node before `node` in order; from the header (end) the last one.
struct node *_ZSt18_Rb_tree_decrementPSt18_Rb_tree_node_base(struct node *node) {
  if (node->color == red && node->parent->parent == node) return node->right;
  if (node->left) {
    node = node->left;
    while (node->right) node = node->right;
    return node;
  }
  struct node *up = node->parent;
  while (node == up->left) {
    node = up;
    up = up->parent;
  }
  return up;
}

/// Lifts `node`'s child on the far side of `left` above it.
static void rotate(struct node *node, bool left, struct node **root) {
  struct node *child = left ? node->right : node->left;
  struct node *inner = left ? child->left : child->right;
  if (left) node->right = inner; else node->left = inner;
  if (inner) inner->parent = node;
  child->parent = node->parent;
  if (node == *root) *root = child;
  else if (node == node->parent->left) node->parent->left = child;
  else node->parent->right = child;
  if (left) child->left = node; else child->right = node;
  node->parent = child;
}

void _ZSt29_Rb_tree_insert_and_rebalancebPSt18_Rb_tree_node_baseS0_RS_(
    bool left, struct node *node, struct node *parent, struct node *header) {
  struct node **root = &header->parent;
  *node = (struct node){red, parent, 0, 0};
  if (left) {
    parent->left = node;                  // also makes it leftmost when parent is the header
    if (parent == header) {
      header->parent = node;
      header->right = node;
    } else if (parent == header->left) {
      header->left = node;
    }
  } else {
    parent->right = node;
    if (parent == header->right) header->right = node;
  }
  while (node != *root && node->parent->color == red) {
    struct node *grand = node->parent->parent;
    bool is_left = node->parent == grand->left;
    struct node *uncle = is_left ? grand->right : grand->left;
    if (uncle && uncle->color == red) {
      node->parent->color = uncle->color = black;
      grand->color = red;
      node = grand;
      continue;
    }
    if (node == (is_left ? node->parent->right : node->parent->left)) {
      node = node->parent;
      rotate(node, is_left, root);
    }
    node->parent->color = black;
    grand->color = red;
    rotate(grand, !is_left, root);
  }
  (*root)->color = black;
}

#endif
typedef int tree_is_not_empty;
